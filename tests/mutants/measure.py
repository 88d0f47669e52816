"""Runs the suite against each mutant of a snapshot of the repository."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support import engines, services

from .catalogue import CatalogueError, Mutant, Setting, complaints
from .faulty import Copy, StartError
from .report import EXPLAINED, INVALID, KILLED, SURVIVED, Verdict
from .suite import Failure, Suite


class BaselineError(Exception):
    """A service without a fault does not pass, so nothing can be measured with it."""


class Measurement:
    """The mutants, and a copy of the repository, which others may change meanwhile."""

    def __init__(self, mutants: Sequence[Mutant], scratch: Path) -> None:
        self._mutants = mutants
        self._scratch = scratch
        self._groups: dict[Setting, list[Mutant]] = {}
        for mutant in mutants:
            self._groups.setdefault(mutant.setting, []).append(mutant)
        self._tree = engines.copy_of_tree(scratch / "tree")
        self._suite = Suite(self._tree / "contract/conformance")
        (scratch / "projects").mkdir()
        self._projects = services.Projects(scratch / "projects", self._tree)

    def demand_fit(self) -> None:
        """Demand that each edit finds its text, so that a refactoring does not silently disable a mutant."""
        found = []
        for mutant in self._mutants:
            if mutant.area and mutant.area not in self._suite.areas:
                found.append(f"{mutant.setting.template}.toml, {mutant.id}: the suite has no area {mutant.area}")
        for number, (setting, mutants) in enumerate(self._groups.items()):
            answers = {
                "template": setting.template,
                "database": setting.database,
                "auth": setting.auth,
                "project_slug": services.SLUG,
            }
            project = engines.written_by_plain_jinja(self._scratch / f"fit-{number}", answers)
            found += complaints(mutants, project)
        if found:
            raise CatalogueError("\n".join(found))

    def baselines(self, pool: ThreadPoolExecutor) -> Iterator[str]:
        """Yield a line for each project once it has passed without a fault; raise BaselineError."""
        self._suite.install()
        yield from pool.map(self._baseline, self._groups)

    def verdicts(self, pool: ThreadPoolExecutor) -> Iterator[Verdict]:
        """Yield what becomes of each mutant, in their order."""
        yield from pool.map(self._verdict, self._mutants)

    def _baseline(self, setting: Setting) -> str:
        """Demand of the project's own tests too that they pass, where they stand in for the suite."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self._scratch) as directory:
            copy = self._copy(setting, directory)
            with copy.serving(setting) as url:
                failure = self._suite.first_failure(url, setting, Path(directory))
            if failure:
                raise BaselineError(f"{setting} fails without a fault. {failure.case}\n{failure.text}")
            for command in {mutant.seen_by for mutant in self._groups[setting] if mutant.seen_by}:
                if copy.fails(command):
                    raise BaselineError(f"{setting}: `{command}` fails without a fault")
        return f"{setting} passes without a fault ({time.monotonic() - started:.0f} s)"

    def _verdict(self, mutant: Mutant) -> Verdict:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self._scratch) as directory:
            copy = self._copy(mutant.setting, directory)
            mutant.apply(copy.directory)
            try:
                kind, by, text = self._judged(mutant, copy)
            except StartError as error:
                kind, by, text = INVALID, "it does not start", str(error)
        return Verdict(mutant, kind, by, text, time.monotonic() - started)

    def _judged(self, mutant: Mutant, copy: Copy) -> tuple[str, str, str]:
        failure = self._failure(mutant, copy)
        if failure and failure.is_silence:
            failure = self._failure(mutant, copy)
        if failure:
            return KILLED, failure.case, failure.text
        if not mutant.explained:
            return SURVIVED, "every case passes", ""
        if mutant.seen_by and not copy.fails(mutant.seen_by):
            return SURVIVED, f"every case passes, and so does `{mutant.seen_by}`", ""
        return EXPLAINED, mutant.explained, ""

    def _failure(self, mutant: Mutant, copy: Copy) -> Failure | None:
        with copy.serving(mutant.setting) as url:
            return self._suite.first_failure(url, mutant.setting, copy.directory.parent, first=mutant.area)

    def _copy(self, setting: Setting, directory: str) -> Copy:
        return Copy.of(self._projects.get(setting.template, setting.database, auth=setting.auth), Path(directory))

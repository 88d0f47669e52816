"""Runs the suite against each mutant of a snapshot of the repository."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import engines
import services

from .catalogue import CatalogueError, Mutant, complaints
from .faulty import ORIGIN, Copy, StartError
from .report import EXPLAINED, INVALID, KILLED, SURVIVED, Verdict
from .suite import Failure, Suite

# A template and a database.
Key = tuple[str, str]


class BaselineError(Exception):
    """A service without a fault does not pass, so nothing can be measured with it."""


class Measurement:
    """The mutants, and a copy of the repository, which others may change meanwhile."""

    def __init__(self, mutants: Sequence[Mutant], scratch: Path) -> None:
        self._mutants = mutants
        self._scratch = scratch
        self._groups = {key: list(group) for key, group in groupby(sorted(mutants, key=_key), _key)}
        self._tree = engines.copy_of_tree(scratch / "tree")
        self._suite = Suite(self._tree / "contract/conformance", ORIGIN)
        (scratch / "projects").mkdir()
        self._projects = services.Projects(scratch / "projects", self._tree)

    def demand_fit(self) -> None:
        """Demand that each edit finds its text, so that a refactoring does not silently disable a mutant."""
        found = []
        for mutant in self._mutants:
            if mutant.area and mutant.area not in self._suite.areas:
                found.append(f"{mutant.template}.toml, {mutant.id}: the suite has no area {mutant.area}")
        for (template, database), mutants in self._groups.items():
            answers = {"template": template, "database": database, "project_slug": services.SLUG}
            project = engines.with_copier(self._tree, self._scratch / f"fit/{template}-{database}", answers)
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

    def _baseline(self, key: Key) -> str:
        """Demand of the project's own tests too that they pass, where they stand in for the suite."""
        started = time.monotonic()
        template, database = key
        name = f"{template}/{database}"
        project = self._projects.get(template, database)
        with tempfile.TemporaryDirectory(dir=self._scratch) as directory:
            copy = Copy.of(project, Path(directory))
            with copy.serving(database) as url:
                failure = self._suite.first_failure(url, Path(directory))
            if failure:
                raise BaselineError(f"{name} fails without a fault. {failure.case}\n{failure.text}")
            for command in {mutant.seen_by for mutant in self._groups[key] if mutant.seen_by}:
                if copy.fails(command):
                    raise BaselineError(f"{name}: `{command}` fails without a fault")
        return f"{name} passes without a fault ({time.monotonic() - started:.0f} s)"

    def _verdict(self, mutant: Mutant) -> Verdict:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self._scratch) as directory:
            copy = Copy.of(self._projects.get(*_key(mutant)), Path(directory))
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
        with copy.serving(mutant.database) as url:
            return self._suite.first_failure(url, copy.directory.parent, first=mutant.area)


def _key(mutant: Mutant) -> Key:
    return mutant.template, mutant.database

"""The command `python -m contract.mutants`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import engines
import servers
import services

from . import suite
from .catalogue import CatalogueError, Mutant, complaints, load
from .faulty import ORIGIN, Copy, StartError
from .report import EXPLAINED, INVALID, KILLED, SURVIVED, Verdict, markdown, totals

PAGE = Path(__file__).parents[2] / "docs/mutants.md"


class BaselineError(Exception):
    """A service without a fault does not pass, so nothing can be measured with it."""


def main() -> int:
    """Measure, and return the exit status: 0 each mutant is killed or explained, 1 one is not, 2 nothing was measured."""
    options = _parse()
    try:
        mutants = [mutant for mutant in load() if all(word in str(mutant) for word in options.only)]
        if not mutants:
            raise CatalogueError(f"no mutant is named like {' '.join(options.only)}")
        _demand_servers(mutants)
        with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
            return _measure(mutants, Path(scratch), options)
    except (CatalogueError, BaselineError, StartError, suite.SuiteError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description="Measure which small faults the conformance suite notices.")
    parser.add_argument("only", nargs="*", metavar="WORD", help="run only mutants whose template, database or name holds each")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many to run at once (2)")
    return parser.parse_args()


def _demand_servers(mutants: Sequence[Mutant]) -> None:
    for database, variable in servers.VARIABLES.items():
        if not os.environ.get(variable) and any(mutant.database == database for mutant in mutants):
            raise CatalogueError(f"{variable} is not set, and some mutants need a {database} server")
    if unknown := {mutant.area for mutant in mutants if mutant.area} - set(suite.areas()):
        raise CatalogueError(f"the suite has no area {sorted(unknown)[0]}")


def _measure(mutants: Sequence[Mutant], scratch: Path, options: argparse.Namespace) -> int:
    started = time.monotonic()
    (scratch / "projects").mkdir()
    projects = services.Projects(scratch / "projects", engines.copy_of_tree(scratch / "tree"))
    suite.install()
    with ThreadPoolExecutor(options.jobs) as pool:
        groups = {key: list(group) for key, group in groupby(sorted(mutants, key=_key), _key)}
        for line in pool.map(lambda key: _baseline(projects, groups[key], scratch), groups):
            print(line, file=sys.stderr, flush=True)
        verdicts = []
        for number, verdict in enumerate(pool.map(lambda mutant: _verdict(mutant, projects, scratch), mutants), 1):
            verdicts.append(verdict)
            print(f"{number:>3}/{len(mutants)} {verdict.line()}", file=sys.stderr, flush=True)
    seconds = time.monotonic() - started
    print(f"{totals(verdicts)}\n\n{len(verdicts)} mutants in {seconds:.0f} s")
    for verdict in verdicts:
        if verdict.is_bad:
            print(f"\n{verdict.mutant} {verdict.kind}: {verdict.mutant.breaks}\n{verdict.by}")
    if not options.only:
        PAGE.write_text(markdown(verdicts, seconds), encoding="utf-8")
    return 1 if any(verdict.is_bad for verdict in verdicts) else 0


def _key(mutant: Mutant) -> tuple[str, str]:
    return mutant.template, mutant.database


def _baseline(projects: services.Projects, mutants: Sequence[Mutant], scratch: Path) -> str:
    """Demand that the service without a fault passes, and so do its own tests that stand in for the suite."""
    started = time.monotonic()
    template, database = _key(mutants[0])
    name = f"{template}/{database}"
    project = projects.get(template, database)
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        copy = Copy.of(project, Path(directory))
        if misfits := complaints(mutants, copy.directory):
            raise CatalogueError("\n".join(misfits))
        with copy.serving(database) as url:
            failure = suite.first_failure(url, ORIGIN, Path(directory))
        if failure:
            raise BaselineError(f"{name} fails without a fault. {failure.case}\n{failure.text}")
        for command in {mutant.seen_by for mutant in mutants if mutant.seen_by}:
            if copy.fails(command):
                raise BaselineError(f"{name}: `{command}` fails without a fault")
    return f"        {name:<64} passes    {time.monotonic() - started:5.1f} s"


def _verdict(mutant: Mutant, projects: services.Projects, scratch: Path) -> Verdict:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        copy = Copy.of(projects.get(*_key(mutant)), Path(directory))
        mutant.apply(copy.directory)
        try:
            kind, by = _judged(mutant, copy)
        except StartError as error:
            kind, by = INVALID, str(error)
    return Verdict(mutant, kind, by, time.monotonic() - started)


def _judged(mutant: Mutant, copy: Copy) -> tuple[str, str]:
    with copy.serving(mutant.database) as url:
        failure = suite.first_failure(url, ORIGIN, copy.directory.parent, first=mutant.area)
    if failure:
        return KILLED, failure.case
    if not mutant.explained:
        return SURVIVED, "every case passes"
    if mutant.seen_by and not copy.fails(mutant.seen_by):
        return SURVIVED, f"every case passes, and so does `{mutant.seen_by}`"
    return EXPLAINED, mutant.explained


if __name__ == "__main__":
    sys.exit(main())

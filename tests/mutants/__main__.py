"""The command `python -m tests.mutants`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import servers
from tools import ROOT

from .catalogue import CatalogueError, Mutant, load
from .faulty import StartError
from .measure import BaselineError, Measurement
from .report import markdown, totals
from .suite import SuiteError

PAGE = ROOT / "docs/mutants.md"


def main() -> int:
    """Measure, and return the exit status: 0 each mutant is killed or explained, 1 one is not, 2 nothing was measured."""
    options = _parse()
    try:
        mutants = [mutant for mutant in load() if all(word in str(mutant) for word in options.only)]
        if not mutants:
            raise CatalogueError(f"no mutant is named like {' '.join(options.only)}")
        with tempfile.TemporaryDirectory(prefix="mutants-") as scratch, servers.of_a_run():
            return _run(mutants, Path(scratch), options)
    except (CatalogueError, BaselineError, StartError, SuiteError, pytest.skip.Exception) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description="Measure which small faults the conformance suite notices.")
    parser.add_argument(
        "only", nargs="*", metavar="WORD", help="run only mutants whose service (TEMPLATE/DATABASE/...) or name holds each"
    )
    parser.add_argument("--check", action="store_true", help="say only whether every mutant fits the templates")
    parser.add_argument("--details", type=Path, metavar="FILE", help="write what each case said that killed a mutant")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many to run at once (2)")
    return parser.parse_args()


def _run(mutants: Sequence[Mutant], scratch: Path, options: argparse.Namespace) -> int:
    started = time.monotonic()
    measurement = Measurement(mutants, scratch)
    measurement.demand_fit()
    if options.check:
        print(f"{len(mutants)} mutants fit the templates")
        return 0
    verdicts = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for line in measurement.baselines(pool):
            print(line, file=sys.stderr, flush=True)
        for number, verdict in enumerate(measurement.verdicts(pool), 1):
            verdicts.append(verdict)
            print(f"{number:>3}/{len(mutants)} {verdict.line()}", file=sys.stderr, flush=True)
    seconds = time.monotonic() - started
    print(f"{totals(verdicts)}\n\n{len(verdicts)} mutants in {seconds:.0f} s")
    bad = [verdict for verdict in verdicts if verdict.is_bad]
    for verdict in bad:
        print(f"\n{verdict.mutant} {verdict.kind}: {verdict.mutant.breaks}\n{verdict.by}\n{verdict.text}")
    if options.details:
        said = [f"{verdict.line()}\n{verdict.text}\n" for verdict in verdicts]
        options.details.write_text("\n".join(said), encoding="utf-8")
    if not options.only:
        PAGE.write_text(markdown(verdicts, seconds), encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

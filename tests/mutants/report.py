"""What a run has shown, for the terminal and for docs/mutants.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from .catalogue import Mutant

KILLED = "killed"
SURVIVED = "survived"
EXPLAINED = "explained"
INVALID = "invalid"
KINDS = (KILLED, EXPLAINED, SURVIVED, INVALID)


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, by which case or why, and what was said about it."""

    mutant: Mutant
    kind: str
    by: str
    text: str
    seconds: float

    @property
    def is_bad(self) -> bool:
        return self.kind in {SURVIVED, INVALID}

    def line(self) -> str:
        return f"{self.mutant!s:<64} {self.kind:<9} {self.seconds:5.1f} s  {self.by}"


def totals(verdicts: Sequence[Verdict]) -> str:
    """Return a table with a row for each template."""
    rows = [f"{'template':<12} {'mutants':>8} " + " ".join(f"{kind:>9}" for kind in KINDS)]
    for template, group in _by_template(verdicts):
        counts = " ".join(f"{_count(group, kind):>9}" for kind in KINDS)
        rows.append(f"{template:<12} {len(group):>8} {counts}")
    return "\n".join(rows)


def markdown(verdicts: Sequence[Verdict], seconds: float) -> str:
    """Return the page for docs/."""
    explained = [verdict for verdict in verdicts if verdict.kind == EXPLAINED]
    parts = [
        "# The mutants",
        "`make mutants` writes this page. It puts one small fault at a time into a rendered service and runs the "
        "[conformance suite](../contract/conformance/README.md) against it until a case fails. The faults are in "
        "`tests/mutants/*.toml`.",
        f"In the last run the suite killed {_count(verdicts, KILLED)} of {len(verdicts)} mutants"
        + (f"; {len(explained)} cannot be seen over HTTP alone, as is explained below" if explained else "")
        + f". It took {seconds / 60:.0f} minutes.",
        _table(
            ["template", "mutants", *KINDS],
            [
                [template, str(len(group)), *(str(_count(group, kind)) for kind in KINDS)]
                for template, group in [*_by_template(verdicts), ("all", list(verdicts))]
            ],
        ),
    ]
    for template, group in _by_template(verdicts):
        parts += [f"## {template}", _table(["mutant", "what it breaks", "service", "killed by"], [_row(v) for v in group])]
    if explained:
        parts += ["## Explained", "\n".join(_explanation(verdict) for verdict in explained)]
    return "\n\n".join(parts) + "\n"


def _row(verdict: Verdict) -> list[str]:
    by = verdict.by if verdict.kind == KILLED else f"**{verdict.kind}**"
    setting = verdict.mutant.setting
    service = setting.database if setting.auth == "none" else f"{setting.database}, {setting.auth}"
    return [f"`{verdict.mutant.id}`", _cell(verdict.mutant.breaks), service, _cell(by)]


def _explanation(verdict: Verdict) -> str:
    mutant = verdict.mutant
    seen_by = f" `{mutant.seen_by}` of the project notices it." if mutant.seen_by else ""
    return f"- `{mutant.id}` ({mutant.setting.template}): {mutant.explained}{seen_by}"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _count(verdicts: Sequence[Verdict], kind: str) -> int:
    return sum(verdict.kind == kind for verdict in verdicts)


def _by_template(verdicts: Sequence[Verdict]) -> list[tuple[str, list[Verdict]]]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.mutant.setting.template, []).append(verdict)
    return list(groups.items())

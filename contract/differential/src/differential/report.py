"""What a person reads: disagreements one by one, and the table at the end."""

from collections import Counter
from collections.abc import Iterator, Sequence

from differential.figures import Disagreement, Figures, Verdict
from differential.normalise import Outcome

MOST_BYTES = 1200


def disagreement_text(found: Disagreement, seed: int) -> str:
    """Return one disagreement with the bytes sent and the answers side by side."""
    lines = [f"--- case {found.number} of seed {seed}: {found.title}"]
    if len(found.shortest) < len(found.sent):
        lines.append(f"    (shrunk from {len(found.sent)} to {len(found.shortest)} bytes)")
    lines += [f"  > {line}" for line in _shown(found.shortest)]
    alike: dict[tuple[Outcome, ...], list[str]] = {}
    for name, outcomes in found.outcomes.items():
        alike.setdefault(outcomes, []).append(name)
    common = _common_headers(list(alike))
    for outcomes, names in alike.items():
        lines.append(f"  {', '.join(names)}")
        for position, outcome in enumerate(outcomes):
            bodies = [every[position].body for every in alike if position < len(every)]
            lines += [f"    {line}" for line in _outcome_lines(outcome, common, _first_difference(bodies))]
    return "\n".join(lines)


def _first_difference(bodies: Sequence[bytes]) -> int:
    together = enumerate(zip(*bodies, strict=False))
    return next((place for place, values in together if len({*values}) > 1), min(map(len, bodies)))


def _shown(data: bytes, around: int = MOST_BYTES // 2) -> list[str]:
    """Return bytes as lines of printable ASCII; everything else is escaped as in a Python literal.

    Of many bytes, those round the one that counts are shown.
    """
    start = max(0, min(around - MOST_BYTES // 2, len(data) - MOST_BYTES))
    end = start + MOST_BYTES
    shown = (b"[...]" if start else b"") + data[start:end] + (b"[...]" if end < len(data) else b"")
    lines = [repr(line)[2:-1] for line in shown.split(b"\n")]
    lines = [f"{line}\\n" for line in lines[:-1]] + lines[-1:]
    return [line.removesuffix("\\r\\n") if line.endswith("\\r\\n") else line for line in lines if line]


def _common_headers(every: Sequence[tuple[Outcome, ...]]) -> set[str]:
    """Return the names of the headers that all answers have alike."""
    headers = [outcome.values for outcomes in every for outcome in outcomes if outcome.status]
    return (
        {name for name, values in headers[0].items() if all(other.get(name) == values for other in headers)} if headers else set()
    )


def _outcome_lines(outcome: Outcome, common: set[str], difference: int) -> Iterator[str]:
    if not outcome.status:
        yield f"({outcome.body.decode('latin-1')})"
        return
    yield f"{outcome.status} " + "; ".join(f"{name}: {value}" for name, value in outcome.headers if name not in common)
    yield from (f"  {line}" for line in _shown(outcome.body, difference))


def table(figures: Figures, seed: int, seconds: float, services: Sequence[str]) -> str:
    """Return the figures of a run."""
    routes = sorted({route for route, _ in figures.requests})
    statuses = sorted({status for _, status in figures.requests})
    width = max([len(route) for route in routes] + [len(family) for family, _ in figures.exchanges] + [9])
    heads = [str(status) if status else "none" for status in statuses]
    lines = [" ".join(["requests".ljust(width), *(f"{head:>6}" for head in [*heads, "all"])])]
    for route in [*routes, "all"]:
        counts = [
            sum(count for (at, got), count in figures.requests.items() if got == status and route in (at, "all"))
            for status in statuses
        ]
        lines.append(" ".join([route.ljust(width), *(f"{count or '':>6}" for count in [*counts, sum(counts)])]))
    if figures.exchanges:
        lines += ["", " ".join(["malformed".ljust(width), *(f"{verdict.value:>9}" for verdict in Verdict)])]
    for family in [*sorted({family for family, _ in figures.exchanges}), *(["all"] if figures.exchanges else [])]:
        verdicts = Counter(
            {v: sum(n for (f, w), n in figures.exchanges.items() if w is v and family in (f, "all")) for v in Verdict}
        )
        lines.append(" ".join([family.ljust(width), *(f"{verdicts[verdict] or '':>9}" for verdict in Verdict)]))
    kinds = len(figures.disagreements)
    lines += [
        "",
        f"{figures.total} requests to each of {', '.join(services)} in {seconds:.0f} s (seed {seed})",
        f"{figures.permitted} requests that are odd or wrong twice were read in different ways",
        f"{figures.disagreements.total()} disagreements of {kinds} kinds" if kinds else "no disagreement",
    ]
    return "\n".join(lines)

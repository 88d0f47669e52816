"""What a run counts, and the disagreements that it finds."""

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from differential.normalise import Outcome


class Verdict(enum.Enum):
    ALIKE = "alike"
    PERMITTED = "permitted"
    DIFFERENT = "different"


@dataclass(slots=True)
class Disagreement:
    """A case on which services differ: the bytes sent to the first of them, the shortest that do the same, and the answers."""

    number: int
    title: str
    sent: bytes
    shortest: bytes
    outcomes: Mapping[str, tuple[Outcome, ...]]

    @property
    def kind(self) -> tuple[object, ...]:
        """What makes two disagreements the same one, as far as can be told from outside."""
        every = list(self.outcomes.values())
        sides = tuple(every.index(outcomes) for outcomes in every)
        statuses = tuple(tuple(outcome.status for outcome in outcomes) for outcomes in every)
        if len(set(statuses)) > 1:
            return self.title, sides, statuses
        return sides, self._differing()

    def _differing(self) -> tuple[str, ...]:
        every = [outcome for outcomes in self.outcomes.values() for outcome in outcomes]
        names = {name for outcome in every for name in outcome.values}
        differing = {name for name in names if any(outcome.values.get(name) != every[0].values.get(name) for outcome in every)}
        return (*sorted(differing), *(("body",) if len({outcome.body for outcome in every}) > 1 else ()))


@dataclass(slots=True)
class Figures:
    """How many requests went to each service, by route and by status, and how many cases differed, as they may or not."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    exchanges: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    disagreements: Counter[tuple[object, ...]] = field(default_factory=Counter)
    permitted: int = 0

    def count(self, route: str, status: int) -> None:
        self.requests[route, status] += 1

    def count_exchange(self, family: str, verdict: Verdict) -> None:
        self.exchanges[family, verdict] += 1

    def is_new(self, found: Disagreement) -> bool:
        """Count a disagreement; return whether it is the first of its kind."""
        self.disagreements[found.kind] += 1
        return self.disagreements[found.kind] == 1

    @property
    def total(self) -> int:
        return self.requests.total() + self.exchanges.total()

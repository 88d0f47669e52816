"""The run: every request goes to all services at once, and the next one follows when all of them have answered."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from differential import grammar, malformed
from differential.case import Dice, Exchange, Known, KnownUser, Request, rendered
from differential.craft import AUTHORITY
from differential.figures import Disagreement, Figures, Verdict
from differential.normalise import Memory, Outcome
from differential.permitted import verdict_on
from differential.shrink import shrunk
from differential.wire import Answer, Conversation, Peer

_CREATED = re.compile(r"/users/([1-9][0-9]{0,18})")


class NotEmptyError(Exception):
    """A service already holds users, or does not answer as a user service does."""


@dataclass(slots=True)
class Side:
    """One of the services, with what it has told so far."""

    peer: Peer
    memory: Memory = field(default_factory=Memory)


class Run:
    """A run against services that start out empty.

    `on_disagreement` is called with the first disagreement of each kind, or with every one while `shows_every` is set.
    """

    def __init__(self, peers: Sequence[Peer], seed: int, on_disagreement: Callable[[Disagreement], None]) -> None:
        self.known = Known()
        self.figures = Figures()
        self._sides = [Side(peer) for peer in peers]
        self._seed = seed
        self._on_disagreement = on_disagreement
        self._next_user = 1
        self.shows_every = False

    async def check_empty(self) -> None:
        """Raise NotEmptyError unless every service answers and holds no user: the run creates, changes and deletes users."""
        for side in self._sides:
            request = b"GET /users HTTP/1.1\r\nHost: %b\r\n\r\n" % side.peer.authority.encode()
            answer = await side.peer.exchange(request, to_head=False)
            if not answer.status:
                raise NotEmptyError(f"{side.peer.name} does not answer: {answer.body.decode()}")
            if answer.body != b'{"items":[],"next_cursor":null}':
                raise NotEmptyError(f"{side.peer.name} is not an empty user service: GET /users got {answer.status}")

    async def play(self, number: int, requests: int) -> Verdict:
        """Send case `number`: one of the stream of requests up to `requests`, of the malformed ones after that."""
        dice = Dice(self._seed, number)
        if number <= requests:
            return await self._play_request(number, grammar.request(dice, self.known))
        return await self._play_exchange(number, malformed.exchange(dice))

    def close(self) -> None:
        for side in self._sides:
            side.peer.close()

    async def _play_request(self, number: int, request: Request) -> Verdict:
        answers, outcomes = await self._ask(request)
        self.figures.count(request.route, outcomes[0].status)
        if len(set(outcomes)) == 1:
            self._accept(request, answers[0])
            return Verdict.ALIKE
        await self._level(request, answers)
        sent = request.bytes_for(self._sides[0].peer.authority, self._sides[0].memory.ids)
        found = Disagreement(number, request.route, sent, sent, self._by_name([(outcome,) for outcome in outcomes]))
        if self.figures.is_new(found) or self.shows_every:
            smaller, its_outcomes = await self._shrunk(request, outcomes)
            found.shortest = smaller.bytes_for(self._sides[0].peer.authority, self._sides[0].memory.ids)
            found.outcomes = self._by_name([(outcome,) for outcome in its_outcomes])
            self._on_disagreement(found)
        return Verdict.DIFFERENT

    async def _ask(self, request: Request) -> tuple[list[Answer], list[Outcome]]:
        sent = [request.bytes_for(side.peer.authority, side.memory.ids) for side in self._sides]
        answers = await asyncio.gather(
            *(side.peer.exchange(data, to_head=request.to_head) for side, data in zip(self._sides, sent, strict=True))
        )
        self._learn(answers)
        outcomes = [side.memory.outcome(answer, data) for side, answer, data in zip(self._sides, answers, sent, strict=True)]
        return answers, outcomes

    def _learn(self, answers: Sequence[Answer]) -> None:
        """Give the next number to a user that any service has created."""
        ids = [_created_id(answer) for answer in answers]
        if any(ids):
            for side, user_id in zip(self._sides, ids, strict=True):
                if user_id:
                    side.memory.learn(self._next_user, user_id)
            self._next_user += 1

    def _accept(self, request: Request, answer: Answer) -> None:
        """Note what all services agree on."""
        if answer.status == 204 and request.method == b"DELETE" and request.user is not None:
            del self.known.users[request.user]
            self.known.deleted.append(request.user)
        changed = answer.status in (200, 201) and request.method in (b"POST", b"PUT", b"PATCH")
        values = json.loads(answer.body) if changed else {}
        if "version" in values:
            number = self._next_user - 1 if answer.status == 201 else request.user
            if number is not None:
                name, email, age, version = (values[key] for key in ("name", "email", "age", "version"))
                self.known.users[number] = KnownUser(number, name, email, age, version)

    async def _level(self, request: Request, answers: Sequence[Answer]) -> None:
        """Delete what the services may hold differently after a disagreement, so that one does not bring others."""
        changes = request.method not in (b"GET", b"HEAD", b"OPTIONS")
        if changes and request.user is not None:
            self.known.users.pop(request.user, None)
            await asyncio.gather(*(self._delete(side, side.memory.ids.get(request.user)) for side in self._sides))
        await asyncio.gather(
            *(self._delete(side, _created_id(answer)) for side, answer in zip(self._sides, answers, strict=True))
        )

    async def _delete(self, side: Side, user_id: int | None) -> None:
        if user_id is not None:
            request = b"DELETE /users/%d HTTP/1.1\r\nHost: %b\r\n\r\n" % (user_id, side.peer.authority.encode())
            await side.peer.exchange(request, to_head=False)

    async def _shrunk(self, request: Request, outcomes: Sequence[Outcome]) -> tuple[Request, Sequence[Outcome]]:
        """Return the smallest request found on which the services differ in the same way, and how.

        It is the one given where that cannot be sent again, since it changed something.
        """
        changed = request.method in (b"PUT", b"PATCH", b"DELETE") and any(outcome.status < 300 for outcome in outcomes)
        if changed or (request.user is not None and request.user not in self.known.users):
            return request, outcomes
        statuses = [outcome.status for outcome in outcomes]
        latest = outcomes

        async def differs_alike(smaller: Request) -> bool:
            nonlocal latest
            answers, again = await self._ask(smaller)
            alike = len(set(again)) > 1 and [outcome.status for outcome in again] == statuses
            await self._level(smaller, answers)
            latest = again if alike else latest
            return alike

        return await shrunk(request, differs_alike), latest

    async def _play_exchange(self, number: int, exchange: Exchange) -> Verdict:
        sent = [
            rendered(exchange.parts, side.memory.ids).replace(AUTHORITY, side.peer.authority.encode()) for side in self._sides
        ]
        talks = await asyncio.gather(
            *(
                side.peer.converse(data, exchange.heads, half_close=exchange.half_close)
                for side, data in zip(self._sides, sent, strict=True)
            )
        )
        for answers in zip_longest(*(talk.answers for talk in talks), fillvalue=Answer(0)):
            self._learn(answers)
        outcomes = [self._outcomes(side, talk, data) for side, talk, data in zip(self._sides, talks, sent, strict=True)]
        await self._delete_made_by(talks)
        verdict = verdict_on(exchange.family, outcomes)
        self.figures.count_exchange(exchange.family, verdict)
        if verdict is Verdict.DIFFERENT:
            found = Disagreement(number, exchange.family, sent[0], sent[0], self._by_name(outcomes))
            if self.figures.is_new(found) or self.shows_every:
                self._on_disagreement(found)
        return verdict

    def _outcomes(self, side: Side, talk: Conversation, sent: bytes) -> tuple[Outcome, ...]:
        return (*(side.memory.outcome(answer, sent) for answer in talk.answers), Outcome(0, (), talk.end.encode()))

    async def _delete_made_by(self, talks: Sequence[Conversation]) -> None:
        """Delete every user that one of these conversations has made: malformed requests leave nothing behind."""
        for side, talk in zip(self._sides, talks, strict=True):
            for answer in talk.answers:
                await self._delete(side, _created_id(answer))

    def _by_name(self, outcomes: Sequence[tuple[Outcome, ...]]) -> dict[str, tuple[Outcome, ...]]:
        return {side.peer.name: each for side, each in zip(self._sides, outcomes, strict=True)}


def _created_id(answer: Answer) -> int | None:
    found = _CREATED.fullmatch(answer.header("location") or "") if answer.status == 201 else None
    return int(found[1]) if found else None

"""The run: every request goes to all services at once, and the next one follows when all of them have answered."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat, zip_longest

from differential import grammar, logins, malformed
from differential.case import Dice, Exchange, Known, KnownUser, Request, Session
from differential.craft import AUTHORITY, CRLF, HOST
from differential.figures import Disagreement, Figures, Verdict
from differential.normalise import Memory, Outcome
from differential.permitted import verdict_on, verdict_on_request
from differential.shrink import shrunk
from differential.tokens import Wallet, access, claims_of, pair_in, refresh
from differential.wire import Answer, Conversation, Peer

_CREATED = re.compile(r"(?:https?://[^/]+)?/users/([1-9][0-9]{0,18})")
_ADMIN_HEADER = b"Authorization: Bearer " + access(0)
# Less than the 15 minutes for which an access token is accepted.
_SECONDS_TO_RENEWAL = 600


class NotEmptyError(Exception):
    """A service already holds users, or does not answer as a user service does."""


@dataclass(frozen=True, slots=True)
class Admin:
    """The one user of each service with logins, and the secret by which all of them sign tokens."""

    email: str
    password: str
    secret: str


@dataclass(slots=True)
class Side:
    """One of the services, with what it has told so far."""

    peer: Peer
    memory: Memory = field(default_factory=Memory)

    def sent(self, request: Request) -> bytes:
        return request.bytes_for(self.peer.authority, self.memory.ids, self.memory.wallet.filled)

    def shown(self, request: Request) -> bytes:
        """Return what is sent with the marks of tokens left in it: a reader learns nothing from a token's text."""
        return request.bytes_for(self.peer.authority, self.memory.ids)

    async def ask(self, method: bytes, target: bytes, body: bytes = b"", *lines: bytes) -> Answer:
        """Send a request of the run's own, as the admin where there is one."""
        if 0 in self.memory.wallet.pairs:
            lines = (*lines, self.memory.wallet.filled(_ADMIN_HEADER))
        head = [b"%b %b HTTP/1.1" % (method, target), b"Host: " + self.peer.authority.encode(), *lines]
        return await self.peer.exchange(CRLF.join([*head, b"Content-Length: %d" % len(body), b"", body]), to_head=False)


class Run:
    """A run against services that start out empty, but for the `admin` where users log in.

    `on_disagreement` is called with the first disagreement of each kind, or with every one while `shows_every` is set.
    """

    def __init__(
        self, peers: Sequence[Peer], seed: int, on_disagreement: Callable[[Disagreement], None], admin: Admin | None = None
    ) -> None:
        self.known = Known(logins=admin is not None)
        self.figures = Figures()
        self._sides = [Side(peer, Memory(Wallet(admin.secret if admin else ""))) for peer in peers]
        self._seed = seed
        self._on_disagreement = on_disagreement
        self._admin = admin
        self._renew_at = 0.0
        self._next_user = 1
        self._next_pair = 1
        self.shows_every = False

    async def check_empty(self) -> None:
        """Raise NotEmptyError unless every service answers and holds no other user: the run creates, changes and deletes them."""
        for side in self._sides:
            if self._admin:
                await self._log_in(side, self._admin)
            answer = await side.ask(b"GET", b"/users")
            if not answer.status:
                raise NotEmptyError(f"{side.peer.name} does not answer: {answer.body.decode()}")
            page = json.loads(answer.body) if answer.status == 200 else {}
            emails = [user["email"] for user in page.get("items", [None])]
            if emails != ([self._admin.email] if self._admin else []):
                raise NotEmptyError(f"{side.peer.name} is not an empty user service: GET /users got {answer.status}")
            for user in page["items"]:
                side.memory.learn(0, user["id"])

    async def _log_in(self, side: Side, admin: Admin) -> None:
        """Begin a session of the admin; the run ends where that cannot be."""
        body = json.dumps({"email": admin.email, "password": admin.password}).encode()
        side.memory.wallet.pairs.pop(0, None)
        answer = await side.ask(b"POST", b"/auth/login", body, b"Content-Type: application/json")
        pair = pair_in(answer.body)
        if pair is None:
            raise NotEmptyError(f"{admin.email} cannot log in to {side.peer.name}: {answer.status}")
        side.memory.wallet.learn(0, pair)
        self._renew_at = time.monotonic() + _SECONDS_TO_RENEWAL

    async def play(self, number: int, requests: int) -> Verdict:
        """Send case `number`: one of the stream of requests up to `requests`, of the malformed ones after that."""
        dice = Dice(self._seed, number)
        if self._admin and time.monotonic() > self._renew_at:
            for side in self._sides:
                await self._log_in(side, self._admin)
        if number <= requests:
            return await self._play_request(number, grammar.request(dice, self.known))
        return await self._play_exchange(number, malformed.exchange(dice, logins=self.known.logins))

    def close(self) -> None:
        for side in self._sides:
            side.peer.close()

    async def _play_request(self, number: int, request: Request) -> Verdict:
        answers, outcomes = await self._ask(request)
        self.figures.count(request.route, outcomes[0].status)
        verdict = verdict_on_request(request, outcomes)
        if verdict is Verdict.ALIKE:
            self._accept(number, request, answers[0])
            return verdict
        await self._level(request, answers)
        if verdict is Verdict.PERMITTED:
            self.figures.permitted += 1
            return verdict
        sent = self._sides[0].shown(request)
        found = Disagreement(number, request.route, sent, sent, self._by_name([(outcome,) for outcome in outcomes]))
        if self.figures.is_new(found) or self.shows_every:
            smaller, its_outcomes = await self._shrunk(request, outcomes)
            found.shortest = self._sides[0].shown(smaller)
            found.outcomes = self._by_name([(outcome,) for outcome in its_outcomes])
            self._on_disagreement(found)
        return Verdict.DIFFERENT

    async def _ask(self, request: Request) -> tuple[list[Answer], list[Outcome]]:
        sent = [side.sent(request) for side in self._sides]
        answers = await asyncio.gather(
            *(
                side.peer.exchange(data, to_head=request.to_head, source=request.source)
                for side, data in zip(self._sides, sent, strict=True)
            )
        )
        self._learn(answers)
        outcomes = [
            side.memory.outcome(answer, data, to_head=request.to_head)
            for side, answer, data in zip(self._sides, answers, sent, strict=True)
        ]
        return answers, outcomes

    def _learn(self, answers: Sequence[Answer]) -> None:
        """Give the next number to a user that any service has created, and to the pair of tokens that any has given out."""
        ids = [_created_id(answer) for answer in answers]
        if any(ids):
            for side, user_id in zip(self._sides, ids, strict=True):
                if user_id:
                    side.memory.learn(self._next_user, user_id)
            self._next_user += 1
        pairs = [pair_in(answer.body) if answer.status == 200 else None for answer in answers]
        if any(pairs):
            for side, pair in zip(self._sides, pairs, strict=True):
                if pair:
                    side.memory.wallet.learn(self._next_pair, pair)
            self._next_pair += 1

    def _accept(self, number: int, request: Request, answer: Answer) -> None:
        """Note what all services agree on."""
        if self.known.logins:
            self._accept_session(number, request, answer)
        if answer.status == 204 and request.method == b"DELETE" and request.user is not None:
            del self.known.users[request.user]
            self.known.deleted.append(request.user)
        changed = answer.status in (200, 201) and request.method in (b"POST", b"PUT", b"PATCH")
        values = json.loads(answer.body) if changed else {}
        if "version" in values:
            user = self._next_user - 1 if answer.status == 201 else request.user
            if user is not None:
                name, email, age, version = (values[key] for key in ("name", "email", "age", "version"))
                known = self.known.users.get(user)
                password = json.loads(request.body or b"{}").get("password", known and known.password)
                self.known.users[user] = KnownUser(user, name, email, age, version, password)

    def _accept_session(self, number: int, request: Request, answer: Answer) -> None:
        """Note the session that has begun, goes on with another pair of tokens, or turned out to be over."""
        session = self.known.sessions.get(request.session or 0)
        memory = self._sides[0].memory
        # A spent token that comes again within the grace is refused, and its session goes on.
        if (
            answer.status == 401
            and session
            and (request.path[0] != b"/auth/refresh" or refresh(session.pairs[-1]) in (request.body or b""))
        ):
            session.is_over = True
        pair = pair_in(answer.body) if answer.status == 200 else None
        if not pair:
            return
        first, latest = memory.wallet.session_of(pair), self._next_pair - 1
        user = memory.number_of(str(claims_of(pair.access).get("sub")))
        if first in self.known.sessions:
            self.known.sessions[first].pairs.append(latest)
        elif first == latest and user:
            self.known.sessions[first] = Session(user, number, [first])

    async def _level(self, request: Request, answers: Sequence[Answer]) -> None:
        """Delete what the services may hold differently after a disagreement, so that one does not bring others."""
        self.known.coming.clear()
        self.known.sessions.pop(request.session or 0, None)
        changes = request.method not in (b"GET", b"HEAD", b"OPTIONS")
        if changes and request.user is not None:
            self.known.users.pop(request.user, None)
            await asyncio.gather(*(self._delete(side, side.memory.ids.get(request.user)) for side in self._sides))
        await asyncio.gather(
            *(self._delete(side, _created_id(answer)) for side, answer in zip(self._sides, answers, strict=True))
        )

    async def _delete(self, side: Side, user_id: int | None) -> None:
        if user_id is not None:
            await side.ask(b"DELETE", b"/users/%d" % user_id)

    async def _shrunk(self, request: Request, outcomes: Sequence[Outcome]) -> tuple[Request, Sequence[Outcome]]:
        """Return the smallest request found on which the services differ in the same way, and how.

        It is the one given where that cannot be sent again, since it changed something.
        """
        changed = request.method in (b"PUT", b"PATCH", b"DELETE") and any(outcome.status < 300 for outcome in outcomes)
        # What goes to these may count for a limit, spend a token or end a session, and so is not the same the next time.
        changed |= request.method == b"POST" and request.path[0] in logins.PATHS
        if changed or (request.user is not None and request.user not in self.known.users):
            return request, outcomes
        statuses = [outcome.status for outcome in outcomes]
        latest = outcomes

        async def differs_alike(smaller: Request) -> bool:
            nonlocal latest
            answers, again = await self._ask(smaller)
            is_different = verdict_on_request(smaller, again) is Verdict.DIFFERENT
            alike = is_different and [outcome.status for outcome in again] == statuses
            await self._level(smaller, answers)
            latest = again if alike else latest
            return alike

        return await shrunk(request, differs_alike), latest

    async def _play_exchange(self, number: int, exchange: Exchange) -> Verdict:
        shown = exchange.data
        if self.known.logins and exchange.as_admin:
            shown = shown.replace(HOST + CRLF, HOST + CRLF + _ADMIN_HEADER + CRLF)
        sent = [side.memory.wallet.filled(shown).replace(AUTHORITY, side.peer.authority.encode()) for side in self._sides]
        talks = await asyncio.gather(
            *(
                side.peer.converse(data, exchange.heads, half_close=exchange.half_close)
                for side, data in zip(self._sides, sent, strict=True)
            )
        )
        for answers in zip_longest(*(talk.answers for talk in talks), fillvalue=Answer(0)):
            self._learn(answers)
        outcomes = [
            self._outcomes(side, talk, data, exchange.heads) for side, talk, data in zip(self._sides, talks, sent, strict=True)
        ]
        await self._delete_made_by(talks)
        verdict = verdict_on(exchange.family, outcomes)
        self.figures.count_exchange(exchange.family, verdict)
        if verdict is Verdict.DIFFERENT:
            found = Disagreement(number, exchange.family, shown, shown, self._by_name(outcomes))
            if self.figures.is_new(found) or self.shows_every:
                self._on_disagreement(found)
        return verdict

    def _outcomes(self, side: Side, talk: Conversation, sent: bytes, heads: Sequence[bool]) -> tuple[Outcome, ...]:
        answers = zip(talk.answers, chain(heads, repeat(False)), strict=False)
        outcomes = [side.memory.outcome(answer, sent, to_head=to_head) for answer, to_head in answers]
        return (*outcomes, Outcome(0, (), talk.end.encode()))

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

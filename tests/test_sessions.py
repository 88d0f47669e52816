"""Replicas of different frameworks are one service: what one of them ends or counts, the others refuse at once.

And a team takes its sessions along when it changes its keys, or takes up logins at all.
"""

import base64
import itertools
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import matrix, services
from tests.support.accounts import Accounts, Person, Session, execute, expect, fresh_store, let_the_grace_pass, refreshed

pytestmark = [pytest.mark.thorough, pytest.mark.stamped]

GUESSES_A_MINUTE = 5
PASSWORD = "a long password"  # noqa: S105 - of people who live for one test


@dataclass(frozen=True)
class Replicas:
    """Services of all frameworks over one store."""

    every: list[services.Service]
    people: Accounts

    @property
    def pairs(self) -> Iterator[tuple[services.Service, services.Service]]:
        return itertools.permutations(self.every, 2)

    def refuse(self, session: Session) -> None:
        """See that nothing of a session is accepted anywhere."""
        for service in self.every:
            for token in session.access_tokens:
                expect(401, service.ask("GET", "/auth/me", headers={"Authorization": f"Bearer {token}"}))
            for token in session.refresh_tokens:
                expect(401, refreshed(service, token))

    def at_once(self, times: int, call: Callable[[services.Service], services.Answer]) -> list[services.Answer]:
        """Call every replica that often, all at the same time."""
        asked = self.every * times
        with ThreadPoolExecutor(len(asked)) as threads:
            return list(threads.map(call, asked))


@pytest.fixture(
    scope="module",
    params=matrix.STORES_OF_LOGINS,
    ids=[f"{database}{'-redis' * redis}" for database, redis in matrix.STORES_OF_LOGINS],
)
def replicas(
    request: pytest.FixtureRequest, projects: services.Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replicas]:
    database, redis = request.param
    with ExitStack() as stack:
        settings = stack.enter_context(fresh_store(database, redis, tmp_path_factory.mktemp("replicas")))
        made = [projects.get(template, database, auth="jwt", redis=redis) for template in matrix.SERVICES]
        running = [stack.enter_context(services.running(project, settings)) for project in made]
        made[0].create_admin(settings)
        people = Accounts(running[0].log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD), settings)
        yield Replicas(running, people)
    assert [people.secrets_in(service.log) for service in running] == [[], [], []]


@pytest.fixture
def person(replicas: Replicas) -> Person:
    """Somebody whom no other test knows."""
    return replicas.people.register(replicas.every[0], f"person{len(replicas.people.people)}@example.com", PASSWORD)


def test_who_logs_out_of_one_is_logged_out_of_the_others(replicas: Replicas, person: Person) -> None:
    for one, other in replicas.pairs:
        session = replicas.people.log_in(one, person)
        replicas.people.refresh(other, session)
        replicas.people.log_out(one, session)
        replicas.refuse(session)


def test_a_spent_token_presented_to_one_ends_the_session_on_all(replicas: Replicas, person: Person) -> None:
    for one, other in replicas.pairs:
        session = replicas.people.log_in(one, person)
        replicas.people.refresh(one, session)
        replicas.people.present_a_spent_token(other, session)
        replicas.refuse(session)


def test_a_redis_that_forgets_revives_no_session(replicas: Replicas, person: Person) -> None:
    """The tokens of a session that ended go from the database too, wherever its end is written down."""
    settings = replicas.people.settings
    ends = (replicas.people.present_a_spent_token, replicas.people.log_out)
    for service, end in itertools.product(replicas.every, ends):
        session = replicas.people.log_in(service, person)
        replicas.people.refresh(service, session)
        end(service, session)
        if "REDIS_URL" in settings:
            forget_everything(settings["REDIS_URL"])
        for other, token in itertools.product(replicas.every, session.refresh_tokens):
            expect(401, refreshed(other, token))


def forget_everything(redis_url: str) -> None:
    address = urlsplit(redis_url)
    with socket.create_connection((address.hostname or "", address.port or 6379), timeout=10) as redis:
        redis.sendall(b"FLUSHALL\r\n")
        assert redis.recv(100) == b"+OK\r\n"


def test_a_new_password_ends_every_session_on_all(replicas: Replicas, person: Person) -> None:
    for number, service in enumerate(replicas.every):
        for other in replicas.every:
            replicas.people.log_in(other, person)
        replicas.people.change_password(service, person, f"a long password, number {number}")
        for session in person.sessions:
            replicas.refuse(session)


def test_a_role_counts_on_all_from_the_moment_it_changes(replicas: Replicas, person: Person) -> None:
    for service, role, status in zip(replicas.every, ("admin", "user", "admin"), (200, 403, 200), strict=True):
        replicas.people.log_in(service, person)
        replicas.people.change_role(service, person, role)
        replicas.refuse(person.sessions[-1])
        session = replicas.people.log_in(service, person)
        for other in replicas.every:
            expect(status, other.ask("GET", "/users", headers=session.headers))


def test_a_user_deleted_on_one_is_gone_from_all(replicas: Replicas) -> None:
    for number, service in enumerate(replicas.every):
        person = replicas.people.register(service, f"gone{number}@example.com", PASSWORD)
        session = replicas.people.log_in(service, person)
        replicas.people.delete(service, person)
        replicas.refuse(session)


def test_of_simultaneous_refreshes_on_all_exactly_one_wins(replicas: Replicas, person: Person) -> None:
    for _ in range(5):
        session = replicas.people.log_in(replicas.every[0], person)
        token = session.refresh_tokens[-1]
        answers = replicas.at_once(2, partial(refreshed, token=token))
        assert sorted(answer.status for answer in answers) == [200] + [401] * 5
        (winner,) = (answer.json for answer in answers if answer.status == 200)
        session.access_tokens.append(str(winner["access_token"]))
        session.refresh_tokens.append(str(winner["refresh_token"]))
        for service in replicas.every:
            accepted(service, session)
        for service in replicas.every:
            replicas.people.refresh(service, session)
        let_the_grace_pass(replicas.people.settings)
        expect(401, refreshed(replicas.every[-1], token))
        replicas.refuse(session)


# What keeps the database from taking a new refresh token, and lets it again.
NO_NEW_TOKENS = {
    "sqlite": (
        "CREATE TRIGGER no_new_tokens BEFORE INSERT ON refresh_tokens BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        "DROP TRIGGER no_new_tokens",
    ),
    "postgresql": (
        "CREATE FUNCTION no_new_tokens() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;"
        " CREATE TRIGGER no_new_tokens BEFORE INSERT ON refresh_tokens EXECUTE FUNCTION no_new_tokens()",
        "DROP TRIGGER no_new_tokens ON refresh_tokens; DROP FUNCTION no_new_tokens()",
    ),
    "mysql": (
        "CREATE TRIGGER no_new_tokens BEFORE INSERT ON refresh_tokens FOR EACH ROW"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'disk full'",
        "DROP TRIGGER no_new_tokens",
    ),
}


def test_a_refresh_that_fails_halfway_costs_no_session(replicas: Replicas, person: Person) -> None:
    """The token that was to be spent is as good as before, on every replica, and so nothing looks stolen."""
    settings = replicas.people.settings
    fail, mend = NO_NEW_TOKENS[urlsplit(settings["DATABASE_URL"]).scheme]
    sessions = [replicas.people.log_in(service, person) for service in replicas.every]
    execute(settings, fail)
    try:
        for service, session in zip(replicas.every, sessions, strict=True):
            for _ in range(2):
                assert refreshed(service, session.refresh_tokens[-1]).status in {500, 503}
    finally:
        execute(settings, mend)
    for service, session in zip(reversed(replicas.every), sessions, strict=True):
        accepted(service, session)
        replicas.people.refresh(service, session)
        accepted(service, session)


def test_failed_logins_are_counted_together(replicas: Replicas, person: Person) -> None:
    guess = {"email": person.email, "password": "a wrong password"}
    answers = replicas.at_once(4, lambda service: service.ask("POST", "/auth/login", guess))
    answers += [service.ask("POST", "/auth/login", guess) for service in replicas.every * 2]
    statuses = [answer.status for answer in answers]
    assert set(statuses) <= {401, 429, 503}, statuses
    # Where too many passwords were to be checked at once, a guess was neither looked at nor counted.
    assert statuses.count(401) == GUESSES_A_MINUTE or (503 in statuses and statuses.count(401) < GUESSES_A_MINUTE), statuses
    for service in replicas.every:
        right = service.ask("POST", "/auth/login", {"email": person.email, "password": person.password})
        assert 1 <= int(expect(429, right).headers["retry-after"]) <= 60


def private_keys() -> list[str]:
    """Return a key in each form that people have: PKCS #8, SEC 1, and a line of its own in a file of settings."""
    sec1 = ("ecparam", "-name", "prime256v1", "-genkey", "-noout")
    return [services.new_private_key(), services.openssl(*sec1), services.new_private_key().replace("\n", "\\n")]


def with_private_key(current: str, *previous: str) -> dict[str, str]:
    public = [services.openssl("pkey", "-pubout", stdin=key.replace("\\n", "\n")) for key in previous]
    return {"JWT_PRIVATE_KEY": current, "JWT_PREVIOUS_PUBLIC_KEYS": "".join(public)}


def with_secret(current: str, *previous: str) -> dict[str, str]:
    return {"JWT_SECRET": current, "JWT_PREVIOUS_SECRETS": ",".join(previous)}


def keys_told(service: services.Service) -> list[dict[str, str]]:
    document: dict[str, list[dict[str, str]]] = json.loads(service.ask("GET", "/.well-known/jwks.json").body)
    return document.get("keys", [])


def kid_of(session: Session) -> str:
    header = session.access_tokens[0].partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


@pytest.mark.parametrize(("signed_with", "ring"), [(with_secret, matrix.RINGS[0]), (with_private_key, matrix.RINGS[1])])
def test_keys_are_rotated_from_one_framework_to_the_next(
    ring: list[str], signed_with: Callable[..., dict[str, str]], projects: services.Projects, tmp_path: Path
) -> None:
    one, two, three = private_keys() if signed_with is with_private_key else (f"secret {n}: ".ljust(32, "é") for n in "123")
    with fresh_store("sqlite", False, tmp_path) as store:

        def start(template: str, *keys: str) -> services.Service:
            return stack.enter_context(services.running(projects.get(template, "sqlite", auth="jwt"), store | signed_with(*keys)))

        with ExitStack() as stack:
            service = start(ring[0], one)
            people = Accounts({}, store)
            person = people.register(service, "ada@example.com", PASSWORD)
            first = people.log_in(service, person)
            told = keys_told(service)
        with ExitStack() as stack:
            service = start(ring[1], two, one)
            accepted(service, first)
            second = people.log_in(service, person)
            assert keys_told(service)[1:] == told
            told = keys_told(service)
        with ExitStack() as stack:
            service = start(ring[2], three, two, one)
            accepted(service, first, second)
            third = people.log_in(service, person)
            assert keys_told(service)[1:] == told
            told = keys_told(service)
        with ExitStack() as stack:
            service = start(ring[0], three, two)
            accepted(service, second, third)
            expect(401, service.ask("GET", "/auth/me", headers=first.headers))
            assert keys_told(service) == told[:2]
            # The refresh token knows nothing of keys: the session goes on with the newest.
            people.refresh(service, first)
            accepted(service, first)
    kids = [kid_of(session) for session in (third, second, first)]
    assert len(set(kids)) == len(kids)
    assert [key["kid"] for key in told] == (kids if signed_with is with_private_key else [])


def accepted(service: services.Service, *sessions: Session) -> None:
    for session in sessions:
        expect(200, service.ask("GET", "/auth/me", headers=session.headers))


# Each framework takes up logins after itself and after every other one.
TAKEN_UP = [
    (matrix.SERVICES[number], matrix.SERVICES[(number + apart) % len(matrix.SERVICES)], database)
    for apart, database in enumerate(matrix.DATABASES)
    for number in range(len(matrix.SERVICES))
]


@pytest.mark.parametrize(("without", "with_logins", "database"), TAKEN_UP)
def test_logins_are_taken_up_given_up_and_taken_up_again(
    without: str, with_logins: str, database: str, projects: services.Projects, tmp_path: Path
) -> None:
    plain, guarded = projects.get(without, database), projects.get(with_logins, database, auth="jwt")
    with fresh_store(database, False, tmp_path) as settings:
        with services.running(plain, settings) as service:
            old = made(service, "old@example.com")
        with services.running(guarded, settings) as service:
            guarded.create_admin(settings)
            people = Accounts(service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD), settings)
            assert without_role(service, old, people) == old
            person = Person(int(str(old["id"])), str(old["email"]), PASSWORD)
            assert login_status(service, person) == 401
            set_password(service, person, people)
            ada = people.register(service, "ada@example.com", PASSWORD)
            session = people.log_in(service, ada)
        with services.running(plain, settings) as service:
            new = made(service, "new@example.com")
            renamed = expect(200, service.ask("PATCH", f"/users/{ada.user_id}", {"name": "Ada"})).json
            assert "role" not in renamed
            assert renamed["version"] == 2
        with services.running(guarded, settings) as service:
            # A service that knows nothing of sessions ends none.
            accepted(service, session)
            people.refresh(service, session)
            people.log_in(service, person)
            assert without_role(service, new, people) == new
            assert without_role(service, renamed, people) == renamed
            newcomer = Person(int(str(new["id"])), str(new["email"]), PASSWORD)
            assert login_status(service, newcomer) == 401
            set_password(service, newcomer, people)
            people.log_in(service, newcomer)


def made(service: services.Service, email: str) -> dict[str, object]:
    return expect(201, service.ask("POST", "/users", {"name": "Somebody", "email": email, "age": 36})).json


def without_role(service: services.Service, user: dict[str, object], people: Accounts) -> dict[str, object]:
    """Return the user's document of today, whose role must be that of everybody, without it."""
    document = dict(expect(200, service.ask("GET", f"/users/{user['id']}", headers=people.admin)).json)
    assert document.pop("role") == "user"
    return document


def set_password(service: services.Service, person: Person, people: Accounts) -> None:
    expect(200, service.ask("PATCH", f"/users/{person.user_id}", {"password": person.password}, headers=people.admin))


def login_status(service: services.Service, person: Person) -> int:
    return service.ask("POST", "/auth/login", {"email": person.email, "password": person.password}).status

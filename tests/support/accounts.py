"""What people who log in hold in their hands, whichever framework answers: passwords and tokens, good ones and dead ones."""

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.support import servers, services

Meaning = dict[str, object]

SPENT_LONG_AGO = {
    "sqlite": "UPDATE refresh_tokens SET spent_at = '2026-01-01 00:00:00.000+00:00' WHERE spent_at IS NOT NULL",
    "postgresql": "UPDATE refresh_tokens SET spent_at = spent_at - INTERVAL '1 minute' WHERE spent_at IS NOT NULL",
    "mysql": "UPDATE refresh_tokens SET spent_at = spent_at - INTERVAL 1 MINUTE WHERE spent_at IS NOT NULL",
}

# Spaces at the ends, letters that normalisation would change, and the longest one, of 512 bytes.
PASSWORDS = {
    "ada": " pässword of Ada ",
    "bob": "e\u0301" * 6,
    "eve": "🔑" * 128,
    "sam": "password of Sam",
    "gus": "password of Gus",
}


@dataclass
class Session:
    """One login with all that was refreshed from it. Every refresh token but the last is spent."""

    access_tokens: list[str]
    refresh_tokens: list[str]
    is_over: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_tokens[-1]}"}


@dataclass
class Person:
    """A user who knows a password."""

    user_id: int
    email: str
    password: str
    former_passwords: list[str] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    def end_sessions(self) -> None:
        for session in self.sessions:
            session.is_over = True


@dataclass(frozen=True)
class Visit(services.Service):
    """A service as somebody asks it who sends these headers each time."""

    own_headers: Mapping[str, str]

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> services.Answer:
        return super().ask(method, path, body, {**self.own_headers, **(headers or {})})


@dataclass
class Accounts:
    """What the people of one service do, with an admin beside them."""

    admin: Mapping[str, str]
    settings: Mapping[str, str]
    people: list[Person] = field(default_factory=list)
    gone: list[Person] = field(default_factory=list)

    def work(self, service: services.Service, label: str) -> None:
        """Make people who begin and end sessions in every way there is."""
        ada, bob, eve, sam, gus = (
            self.register(service, f"{name}.{label}@example.com", password) for name, password in PASSWORDS.items()
        )
        for person in (ada, bob, bob, eve, sam, gus):
            self.log_in(service, person)
        self.change_password(service, ada, f"a new password of {label}")
        self.log_in(service, ada)
        self.log_out(service, bob.sessions[0])
        self.refresh(service, eve.sessions[0])
        self.change_role(service, sam, "admin")
        self.log_in(service, sam)
        self.delete(service, gus)

    def go_on(self, service: services.Service) -> None:
        """Do with the newest people's passwords and tokens, which another framework made, what one does with one's own."""
        ada, bob, eve, sam = self.people[-4:]
        self.refresh(service, ada.sessions[-1])
        self.log_out(service, bob.sessions[-1])
        self.log_in(service, bob)
        self.change_password(service, bob, f"another password for {bob.email}")
        self.log_in(service, bob)
        self.present_a_spent_token(service, eve.sessions[0])
        expect(200, service.ask("GET", "/users", headers=sam.sessions[-1].headers))
        self.change_role(service, sam, "user")
        self.log_in(service, sam)
        expect(403, service.ask("GET", "/users", headers=sam.sessions[-1].headers))

    def register(self, service: services.Service, email: str, password: str) -> Person:
        body = {"name": "Somebody", "email": email, "password": password}
        made = expect(201, service.ask("POST", "/auth/register", body))
        person = Person(int(str(made.json["id"])), email, password)
        self.people.append(person)
        return person

    def log_in(self, service: services.Service, person: Person) -> Session:
        pair = expect(200, service.ask("POST", "/auth/login", {"email": person.email, "password": person.password})).json
        session = Session([str(pair["access_token"])], [str(pair["refresh_token"])])
        person.sessions.append(session)
        return session

    def refresh(self, service: services.Service, session: Session) -> None:
        pair = expect(200, refreshed(service, session.refresh_tokens[-1])).json
        session.access_tokens.append(str(pair["access_token"]))
        session.refresh_tokens.append(str(pair["refresh_token"]))

    def present_a_spent_token(self, service: services.Service, session: Session) -> None:
        """Present it at once, which ends nothing, and again after the grace, which ends the session."""
        expect(401, refreshed(service, session.refresh_tokens[-2]))
        expect(200, service.ask("GET", "/auth/me", headers=session.headers))
        let_the_grace_pass(self.settings)
        expect(401, refreshed(service, session.refresh_tokens[-2]))
        session.is_over = True

    def log_out(self, service: services.Service, session: Session) -> None:
        expect(204, service.ask("POST", "/auth/logout", headers=session.headers))
        session.is_over = True

    def change_password(self, service: services.Service, person: Person, password: str) -> None:
        expect(200, service.ask("PATCH", f"/users/{person.user_id}", {"password": password}, headers=person.sessions[-1].headers))
        person.former_passwords.append(person.password)
        person.password = password
        person.end_sessions()

    def change_role(self, service: services.Service, person: Person, role: str) -> None:
        expect(200, service.ask("PATCH", f"/users/{person.user_id}", {"role": role}, headers=self.admin))
        person.end_sessions()

    def delete(self, service: services.Service, person: Person) -> None:
        expect(204, service.ask("DELETE", f"/users/{person.user_id}", headers=self.admin))
        person.end_sessions()
        self.people.remove(person)
        self.gone.append(person)

    def try_passwords(self, service: services.Service) -> None:
        """See that every password is good that should be, and no other. The limit bears this four times a minute."""
        tries = [(person, person.password, 200) for person in self.people]
        tries += [(person, person.password, 401) for person in self.gone]
        tries += [(person, password, 401) for person in self.people for password in person.former_passwords]
        for person, password, status in tries:
            expect(status, service.ask("POST", "/auth/login", {"email": person.email, "password": password}))

    def everything(self, service: services.Service) -> dict[str, Meaning]:
        """Return what the answer to every token says; only the refresh tokens of sessions that go on are kept for later."""
        told = {"users": meaning(expect(200, service.ask("GET", "/users?limit=100", headers=self.admin)))}
        for session in (session for person in self.people + self.gone for session in person.sessions):
            for token in session.access_tokens:
                headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "swap"}
                told[token] = meaning(expect(401 if session.is_over else 200, service.ask("GET", "/auth/me", headers=headers)))
            for token in session.refresh_tokens if session.is_over else []:
                told[token] = meaning(expect(401, refreshed(service, token)))
        return told

    def secrets_in(self, log: Path) -> list[str]:
        """Return what the log tells of what it must never tell."""
        text = log.read_text(encoding="utf-8")
        secrets = {"$argon2", self.admin["Authorization"].removeprefix("Bearer "), *services.WITH_LOGINS.values()} - {"100000"}
        for person in self.people + self.gone:
            secrets |= {person.email, person.password, *person.former_passwords}
            secrets |= {token for session in person.sessions for token in (*session.access_tokens, *session.refresh_tokens)}
        return [secret for secret in secrets if secret in text or json.dumps(secret)[1:-1] in text]


def visit(service: services.Service, headers: Mapping[str, str]) -> services.Service:
    return Visit(service.port, service.log, headers)


def refreshed(service: services.Service, token: str) -> services.Answer:
    return service.ask("POST", "/auth/refresh", {"refresh_token": token}, headers={"X-Request-ID": "swap"})


def let_the_grace_pass(settings: Mapping[str, str]) -> None:
    """Make every refresh token that was spent one that was spent long ago, so that nobody has to wait."""
    execute(settings, SPENT_LONG_AGO[urlsplit(settings["DATABASE_URL"]).scheme])


def execute(settings: Mapping[str, str], statements: str) -> None:
    """Run SQL in the database of a service, past the service."""
    url = urlsplit(settings["DATABASE_URL"])
    if url.scheme == "sqlite":
        with closing(sqlite3.connect(url.path.removeprefix("/"), timeout=10)) as connection:
            connection.executescript(statements)
        return
    if url.scheme == "postgresql":
        command = ["psql", "--quiet", "--no-psqlrc", "--dbname", url.geturl(), "--command", statements]
    else:
        address = [f"--host={url.hostname}", f"--port={url.port}", f"--user={url.username}", f"--database={url.path[1:]}"]
        command = ["mariadb", "--protocol=tcp", *address, "--execute", statements]
    environment = {**os.environ, "MYSQL_PWD": url.password or ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def expect(status: int, answer: services.Answer) -> services.Answer:
    assert answer.status == status, answer
    return answer


def meaning(answer: services.Answer) -> Meaning:
    """Return what an answer says to a client, whatever its words, the order of its members and its white space."""
    headers = answer.headers
    link = re.fullmatch(r'<([^>]+)>\s*;\s*rel="?next"?', headers.get("link", ""))
    next_page = urlsplit(link[1]) if link else None
    document: object = json.loads(answer.body) if answer.body else None
    if isinstance(document, dict) and answer.status >= 400:
        places = {error.get("pointer", error.get("parameter")) for error in document.pop("errors", [])}
        document = {**document, "detail": None, "errors": sorted(places)}
    return {
        "status": answer.status,
        "media type": headers.get("content-type", "").partition(";")[0],
        "next page": (next_page.path, sorted(parse_qsl(next_page.query))) if next_page else None,
        "challenge": headers.get("www-authenticate", "").partition(" ")[0].lower(),
        # A tag that is no version is a framework's own.
        "version": etag if re.fullmatch(r'"[0-9]+"', etag := headers.get("etag", "")) else None,
        "cache-control": headers.get("cache-control"),
        "document": document,
    }


@contextmanager
def fresh_store(database: str, redis: bool, directory: Path) -> Iterator[dict[str, str]]:
    """Yield the settings of a service with logins over an empty database, and over an empty Redis."""
    with ExitStack() as stack:
        settings = stack.enter_context(services.fresh_store(database, directory)) | services.WITH_LOGINS | {"LOG_LEVEL": "debug"}
        yield settings | ({"REDIS_URL": stack.enter_context(servers.fresh_redis())} if redis else {})

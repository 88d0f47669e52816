"""Users who can log in, and their sessions."""

import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.service import Answer, DisagreementError, Headers, Service

PASSWORD = "a walk by the sea at dawn"
OTHER_PASSWORD = "an evening in the hills"

# Less than the 15 minutes for which an access token is accepted.
SECONDS_TO_RENEWAL = 600


@dataclass(frozen=True)
class Session:
    """A pair of tokens, and a client that calls with the access token."""

    access_token: str
    refresh_token: str
    client: Service


@dataclass(frozen=True)
class Account:
    """A user with a password."""

    user: dict[str, Any]
    password: str
    public: Service

    @property
    def email(self) -> str:
        return str(self.user["email"])

    @property
    def path(self) -> str:
        return f"/users/{self.user['id']}"

    @cached_property
    def access_token(self) -> "Credentials":
        """An access token of a session that lasts as long as the run."""
        return Credentials(self.public, self.email, self.password)

    @cached_property
    def client(self) -> Service:
        """A client that calls as this user, for as long as the run lasts."""
        return self.public.with_token(self.access_token)

    def log_in(self) -> Session:
        """Begin one more session, or fail where the service does not let the user in."""
        return session_of(self.public, log_in(self.public, self.email, self.password))


class Accounts:
    """Makes users who can log in."""

    def __init__(self, public: Service, admin: Service) -> None:
        self._public = public
        self._admin = admin

    def new(self, password: str = PASSWORD, **values: Any) -> Account:
        """Create a user with a password, whom nobody else knows."""
        return Account(self._admin.new_user(password=password, **values), password, self._public)


def log_in(public: Service, email: str, password: str, headers: Headers = ()) -> Answer:
    return public.post("/auth/login", {"email": email, "password": password}, headers)


def refresh(public: Service, refresh_token: str) -> Answer:
    return public.post("/auth/refresh", {"refresh_token": refresh_token})


def session_of(public: Service, answer: Answer) -> Session:
    """Return the session in an answer that has to be a pair of tokens."""
    if answer.status != 200:
        raise DisagreementError(f"this answer is a pair of tokens, which this case needs\n{answer.describe()}")
    access_token, refresh_token = answer["access_token"], answer["refresh_token"]
    if not isinstance(access_token, str) or not access_token.isascii():
        raise DisagreementError(f"access_token is a token\n{answer.describe()}")
    return Session(access_token, refresh_token, public.with_token(access_token))


class Credentials:
    """Somebody's access token, renewed by a login before it ends."""

    def __init__(self, public: Service, email: str, password: str) -> None:
        self._public = public
        self._email = email
        self._password = password
        self._lock = threading.Lock()
        self._access_token = ""
        self._renew_at = 0.0

    def __call__(self) -> str:
        with self._lock:
            if time.monotonic() >= self._renew_at:
                answer = log_in(self._public, self._email, self._password)
                self._access_token = session_of(self._public, answer).access_token
                self._renew_at = time.monotonic() + SECONDS_TO_RENEWAL
            return self._access_token

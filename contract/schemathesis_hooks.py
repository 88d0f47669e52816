"""What Schemathesis has to know of a service with logins and cannot take from the OpenAPI document.

The environment variable SCHEMATHESIS_HOOKS names this file, and ADMIN_EMAIL the admin of the run.
"""

import itertools
import os
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import GenerationMode

# The admin is the first user of the service: nothing may change, delete or lock out whom the run logs in as. The last
# user that was made is changed instead; nobody is deleted instead, since a user that is expected may not vanish.
ADMIN_ID = "1"
NOBODYS_ID = str(2**63 - 1)
_newest_id = NOBODYS_ID
# A password may be refused for being common, but a schema has no room for the list.
COMMON_PASSWORDS = set(Path(__file__).with_name("common-passwords.txt").read_text(encoding="utf-8").splitlines())
UNCOMMON_PASSWORD = "eleven quiet otters rowing"  # noqa: S105 - the document's example
# The document cannot say which cursors the service has made. The place behind the first user is one.
CURSOR = "YWZ0ZXI6MQ"

# Random text is nobody's password, token or version, and simple e-mail addresses are soon taken: every other valid request
# sends the last good ones, no `If-Match` and an address of its own.
_good_bodies: dict[str, dict[str, str]] = {}
_turns = itertools.cycle((True, False))
_numbers = itertools.count(1)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    if case.path == "/users/{id}" and case.method != "GET" and str(case.path_parameters.get("id")) == ADMIN_ID:
        case.path_parameters["id"] = NOBODYS_ID if case.method == "DELETE" else _newest_id
    body: Any = case.body if isinstance(case.body, dict) else {}
    if is_valid(case):
        # A schema takes 30.0 for an integer, and a service may refuse it.
        body.update({name: int(value) for name, value in body.items() if isinstance(value, float) and value.is_integer()})
        if "cursor" in (case.query or {}):
            case.query["cursor"] = CURSOR
    if is_valid(case) and next(_turns):
        case.headers.pop("If-Match", None)
        if case.path in _good_bodies:
            body.update(_good_bodies[case.path])
        elif "email" in body:
            body["email"] = f"user.{next(_numbers)}@example.com"
    if case.path == "/auth/login" and str(body.get("email")).strip().lower() == os.environ["ADMIN_EMAIL"]:
        body["email"] = f"not.{os.environ['ADMIN_EMAIL']}"
    if str(body.get("password")).lower() in COMMON_PASSWORDS:
        body["password"] = UNCOMMON_PASSWORD


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], response: schemathesis.Response) -> None:
    global _newest_id
    body: Any = case.body
    if case.path == "/users" and response.status_code == 201:
        _newest_id = str(response.json()["id"])
    if case.path == "/auth/register" and response.status_code == 201:
        _good_bodies["/auth/login"] = {name: body[name] for name in ("email", "password")}
    elif case.path in {"/auth/login", "/auth/refresh"} and response.status_code == 200:
        _good_bodies["/auth/refresh"] = {"refresh_token": response.json()["refresh_token"]}


def is_valid(case: schemathesis.Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE

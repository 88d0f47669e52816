"""Keeps Schemathesis from what would end its run or what the OpenAPI document cannot say (SCHEMATHESIS_HOOKS names this file)."""

import os
from pathlib import Path
from typing import Any

import schemathesis

# The admin is the first user that a run meets: nothing may change, delete or lock out whom it logs in as.
ADMIN_ID = "1"
NOBODYS_ID = str(2**63 - 1)
# A password may be refused for being common, but a schema has no room for the list.
COMMON_PASSWORDS = set(Path(__file__).with_name("common-passwords.txt").read_text(encoding="utf-8").split())
UNCOMMON_PASSWORD = "correct horse battery staple"  # noqa: S105 - the document's example


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    if case.method in {"PUT", "PATCH", "DELETE"} and str((case.path_parameters or {}).get("id")) == ADMIN_ID:
        case.path_parameters["id"] = NOBODYS_ID
    body = case.body
    if not isinstance(body, dict):
        return
    if case.path == "/auth/login" and str(body.get("email")).strip().lower() == os.environ["ADMIN_EMAIL"]:
        body["email"] = f"not.{os.environ['ADMIN_EMAIL']}"
    if str(body.get("password")).lower() in COMMON_PASSWORDS:
        body["password"] = UNCOMMON_PASSWORD

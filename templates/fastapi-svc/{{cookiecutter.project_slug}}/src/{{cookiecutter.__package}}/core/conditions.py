"""Conditional requests (RFC 9110 §13): ETag, If-Match and If-None-Match, by the version of an entity."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import WithJsonSchema

from .errors import VersionMismatch

_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_ENTITY_TAGS = re.compile(rf"[ \t,]*{_ENTITY_TAG.pattern}(?:[ \t]*,[ \t,]*{_ENTITY_TAG.pattern})*[ \t,]*")

_Tags = Annotated[list[str], WithJsonSchema({"type": "string"}), Header()]


class NotModified(Exception):
    """The client has this version already: 304."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class CurrentVersion:
    """What a read says of the version that it gives."""

    def __init__(self, response: Response, known: Sequence[str]) -> None:
        self._response = response
        self._known = known

    def tell(self, version: int) -> None:
        """Name the version in the answer; raise NotModified where the client has it."""
        self._response.headers["ETag"] = entity_tag(version)
        if _joined(self._known) == "*" or entity_tag(version) in (tag.removeprefix("W/") for tag in _tags(self._known)):
            raise NotModified(version)


class AcceptedVersions:
    """The versions that a client is willing to change."""

    def __init__(self, accepted: Sequence[str]) -> None:
        self._accepted = accepted

    def require(self, version: int) -> None:
        """Raise VersionMismatch where If-Match names other versions."""
        if self._accepted and _joined(self._accepted) != "*" and entity_tag(version) not in _tags(self._accepted):
            raise VersionMismatch


async def _current_version(response: Response, if_none_match: _Tags = []) -> CurrentVersion:  # noqa: B006
    return CurrentVersion(response, if_none_match)


async def _accepted_versions(if_match: _Tags = []) -> AcceptedVersions:  # noqa: B006
    return AcceptedVersions(if_match)


IfNoneMatch = Annotated[CurrentVersion, Depends(_current_version)]
IfMatch = Annotated[AcceptedVersions, Depends(_accepted_versions)]


def entity_tag(version: int) -> str:
    """Return the ETag of an entity at this version."""
    return f'"{version}"'


async def on_not_modified(_: Request, error: Any) -> Response:
    """Answer that the client has the version already."""
    return Response(status_code=304, headers={"ETag": entity_tag(error.version)})


def _joined(values: Sequence[str]) -> str:
    return ",".join(values).strip(" \t")


def _tags(values: Sequence[str]) -> list[str]:
    """Return the tags of a list, or none at all when it is not one."""
    joined = _joined(values)
    return _ENTITY_TAG.findall(joined) if _ENTITY_TAGS.fullmatch(joined) else []

"""Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol), without credentials."""

from collections.abc import Sequence

_EXPOSED = "ETag, Link, Location, Retry-After, X-Request-ID"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "DELETE, GET, HEAD, PATCH, POST, PUT",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID",
    "Access-Control-Max-Age": "600",
}


class CorsPolicy:
    """Which origins may read answers: those given, every one for ("*",), none for ()."""

    def __init__(self, allowed_origins: Sequence[str]) -> None:
        self._any = "*" in allowed_origins
        self._allowed = frozenset(allowed_origins)

    def response_headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers that every answer to this Origin gets; none where it is not allowed."""
        if not origin or not (self._any or origin in self._allowed):
            return {}
        headers = {"Access-Control-Allow-Origin": "*" if self._any else origin}
        if not self._any:
            headers["Vary"] = "Origin"
        headers["Access-Control-Expose-Headers"] = _EXPOSED
        return headers

    def preflight_headers(self, method: str, origin: str | None, requested_method: str | None) -> dict[str, str] | None:
        """Return the headers of the 204 that answers a preflight, or None for every other request.

        `requested_method` is the Access-Control-Request-Method header.
        """
        headers = self.response_headers(origin)
        is_preflight = method == "OPTIONS" and requested_method is not None and headers
        return headers | _PREFLIGHT if is_preflight else None

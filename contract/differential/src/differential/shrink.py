"""Makes a request smaller for as long as the services still differ over it in the same way."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from differential.case import Request

MOST_ATTEMPTS = 200


async def shrunk(request: Request, differs_alike: Callable[[Request], Awaitable[bool]]) -> Request:
    """Return the smallest request found; the one given where not even that differs again."""
    if not await differs_alike(request):
        return request
    attempts = 0
    progress = True
    while progress and attempts < MOST_ATTEMPTS:
        progress = False
        for smaller in _smaller(request):
            attempts += 1
            if await differs_alike(smaller):
                request, progress = smaller, True
                break
            if attempts >= MOST_ATTEMPTS:
                break
    return request


def _smaller(request: Request) -> Iterator[Request]:
    """Return requests with one part less, the largest parts first."""
    if request.chunks:
        yield replace(request, chunks=())
    for at in range(len(request.headers)):
        yield replace(request, headers=request.headers[:at] + request.headers[at + 1 :])
    for at in range(len(request.query)):
        yield replace(request, query=request.query[:at] + request.query[at + 1 :])
    body = request.body
    if body is None:
        return
    yield replace(request, body=None)
    size = len(body)
    while size > 1:
        size = (size + 1) // 2
        for start in range(0, len(body), size):
            yield replace(request, body=body[:start] + body[start + size :])

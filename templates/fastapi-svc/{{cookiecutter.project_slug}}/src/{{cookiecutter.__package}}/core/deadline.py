"""A time limit that holds even while a driver hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

_T = TypeVar("_T")

# The loop itself holds tasks weakly only.
_abandoned: set[asyncio.Task[Any]] = set()


async def within(seconds: float, work: Awaitable[_T], more: Callable[[], float] = lambda: 0) -> _T:
    """Return what `work` returns; raise TimeoutError when it takes longer than this, and `more` seconds at the end.

    `asyncio.timeout` would also wait until the driver has cleaned up after the cancellation, which a server that
    hangs can draw out for long. Here that goes on in the background, and gives the connection back when it ends.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait((task,), timeout=seconds)
        if not done and (rest := more()):
            done, _ = await asyncio.wait((task,), timeout=rest)
    except asyncio.CancelledError:
        _abandon(task)
        raise
    if not done:
        _abandon(task)
        raise TimeoutError
    return task.result()


def _abandon(task: asyncio.Task[Any]) -> None:
    _abandoned.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        # Whoever waited has had the answer; asking for the error keeps asyncio from logging it as lost.
        task.exception()

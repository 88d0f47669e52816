"""Time limits that hold even while a driver hangs.

`asyncio.timeout` would also wait until the driver has cleaned up after the cancellation, which a server that hangs can
draw out for long. Here that goes on in the background, and gives the connection back when it ends.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .errors import Busy

_T = TypeVar("_T")

# The loop itself holds tasks weakly only.
_abandoned: set[asyncio.Task[Any]] = set()


async def within(seconds: float, work: Awaitable[_T]) -> _T:
    """Return what `work` returns; raise TimeoutError when it takes longer than this."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait((task,), timeout=seconds)
    except asyncio.CancelledError:
        _abandon(task)
        raise
    if not done:
        _abandon(task)
        raise TimeoutError
    return task.result()


class TimeLimit:
    """Time limits for parts of one task, which the task itself sets.

    A task of its own for each part would not do: what FastAPI and AnyIO open in a task must be closed in the same one.
    """

    def __init__(self) -> None:
        self.has_passed = False
        self._loop = asyncio.get_running_loop()
        self._detail: asyncio.Future[str] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, work: Awaitable[None]) -> None:
        """Wait for all of the work; raise Busy where it passes a limit."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task, self._detail), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.has_passed = True
            _abandon(task)
            raise
        if self.has_passed:
            _abandon(task)
            raise Busy(self._detail.result())
        task.result()

    @contextmanager
    def until(self, end: float, detail: str) -> Iterator[None]:
        """Limit what follows to this time of the loop's clock. `detail` tells the client that it has passed."""
        self.move(end, detail)
        try:
            yield
        finally:
            self._lift()

    def move(self, end: float, detail: str) -> None:
        """Put another limit in the place of the one that holds now; raise TimeoutError where that has passed."""
        if self.has_passed:
            raise TimeoutError
        self._lift()
        self._timer = self._loop.call_at(end, self._pass, detail)

    def _lift(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _pass(self, detail: str) -> None:
        self.has_passed = True
        self._detail.set_result(detail)


def _abandon(task: asyncio.Task[Any]) -> None:
    _abandoned.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        # Whoever waited has had the answer; asking for the error keeps asyncio from logging it as lost.
        task.exception()

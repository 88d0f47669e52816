"""Time limits of a task."""

import asyncio

import pytest

from {{ cookiecutter.__package }}.core.deadline import TimeLimit
from {{ cookiecutter.__package }}.core.errors import Busy


def test_nothing_begins_once_the_limit_has_passed() -> None:
    begun: list[str] = []

    async def run() -> None:
        limit = TimeLimit()

        async def work() -> None:
            with limit.until(asyncio.get_running_loop().time(), "too late"):
                while not limit.has_passed:
                    await asyncio.sleep(0)
                limit.move(asyncio.get_running_loop().time() + 1, "later still")
                begun.append("the commit")

        await limit.run(work())

    with pytest.raises(Busy, match="too late"):
        asyncio.run(run())
    assert begun == []

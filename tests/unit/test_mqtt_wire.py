import asyncio

import pytest

from integrations.mqtt.wire import _heeding


async def test_a_cancellation_that_comes_with_the_answer_is_not_swallowed() -> None:
    answered = asyncio.Event()

    async def call() -> str:
        with pytest.raises(asyncio.CancelledError):
            await answered.wait()
        return "the answer, as `asyncio.wait_for` gives it before Python 3.12"

    async with asyncio.TaskGroup() as group:
        task = group.create_task(_heeding(call()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled()


async def test_an_answer_is_passed_on() -> None:
    async def call() -> str:
        await asyncio.sleep(0)
        return "answer"

    assert await _heeding(call()) == "answer"


async def test_a_cleanup_after_a_cancellation_still_gets_its_answer() -> None:
    answers: list[int] = []

    async def call() -> int:
        return 1

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            answers.append(await _heeding(call()))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
    assert answers == [1]

import asyncio
import threading
from dataclasses import dataclass

import pytest

from hub_agent.announcing.bridge import ThreadStream, stream_from_thread


@dataclass(frozen=True)
class Item:
    number: int
    duration_s: float = 1.0


async def collected(stream: ThreadStream[Item]) -> list[int]:
    numbers = []
    while (item := await stream.get()) is not None:
        numbers.append(item.number)
    return numbers


async def test_items_arrive_in_order_and_the_end_is_seen() -> None:
    def work(stream: ThreadStream[Item]) -> None:
        for number in range(100):
            stream.emit(Item(number))

    async with stream_from_thread(work, name="t", ahead_s=5) as stream:
        assert await collected(stream) == list(range(100))


async def test_an_error_in_the_thread_comes_after_the_items_before_it() -> None:
    def work(stream: ThreadStream[Item]) -> None:
        stream.emit(Item(1))
        raise LookupError("broken")

    async with stream_from_thread(work, name="t", ahead_s=5) as stream:
        first = await stream.get()
        assert first is not None
        assert first.number == 1
        with pytest.raises(LookupError):
            await stream.get()


async def test_the_thread_waits_for_room_and_goes_on_when_items_are_taken() -> None:
    emitted: list[int] = []

    def work(stream: ThreadStream[Item]) -> None:
        for number in range(10):
            if not stream.wait_for_room():
                return
            emitted.append(number)
            stream.emit(Item(number))

    async with stream_from_thread(work, name="t", ahead_s=2) as stream:
        first = await stream.get()
        assert first is not None
        assert len(emitted) <= 4
        assert await collected(stream) == list(range(1, 10))


async def test_leaving_early_stops_a_thread_that_waits_for_room() -> None:
    ended = threading.Event()

    def work(stream: ThreadStream[Item]) -> None:
        number = 0
        while stream.wait_for_room():
            stream.emit(Item(number))
            number += 1
        ended.set()

    async with stream_from_thread(work, name="t", ahead_s=2) as stream:
        await stream.get()
    assert ended.is_set()


async def test_leaving_early_tells_a_thread_that_emits() -> None:
    refused = threading.Event()

    def work(stream: ThreadStream[Item]) -> None:
        while stream.emit(Item(0)):
            pass
        refused.set()

    async with stream_from_thread(work, name="t", ahead_s=2) as stream:
        await stream.get()
    assert refused.is_set()


async def test_cancelling_at_any_point_leaves_no_thread_behind() -> None:
    def work(stream: ThreadStream[Item]) -> None:
        while stream.wait_for_room():
            stream.emit(Item(0))

    async def consume() -> None:
        async with stream_from_thread(work, name="cancelled", ahead_s=3) as stream:
            await collected(stream)

    for turns in range(12):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(consume())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
    assert not [t for t in threading.enumerate() if t.name == "cancelled"]

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from hub_agent.errors import BrokerError
from integrations.mqtt.outbox import WINDOW, Outbox, Outgoing
from tests.fakes.broker import eventually


def result(name: str) -> Outgoing:
    return Outgoing(topic=name, payload=b"", result=True)


def progress(name: str) -> Outgoing:
    return Outgoing(topic=name, payload=b"", qos=0)


def retained(topic: str, payload: bytes) -> Outgoing:
    return Outgoing(topic=topic, payload=payload, retain=True)


class Wire:
    """Takes messages; acknowledges those up to `allowance`, then fails when told to."""

    def __init__(self, allowance: int = 1_000_000) -> None:
        self.taken: list[str] = []
        self.payloads: list[bytes] = []
        self.allowance = allowance
        self.broken = asyncio.Event()
        self.most_unacknowledged = 0
        self._unacknowledged = 0

    async def publish(self, message: Outgoing) -> None:
        self.taken.append(message.topic)
        self.payloads.append(message.payload)
        self._unacknowledged += 1
        self.most_unacknowledged = max(self.most_unacknowledged, self._unacknowledged)
        if len(self.taken) > self.allowance:
            await self.broken.wait()
            raise BrokerError("gone")
        await asyncio.sleep(0)
        self._unacknowledged -= 1


@contextlib.asynccontextmanager
async def pumping(outbox: Outbox, wire: Wire) -> AsyncIterator["asyncio.Task[None]"]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(outbox.pump(wire.publish))
        yield task
        task.cancel()


async def test_messages_are_published_in_order() -> None:
    outbox, wire = Outbox(), Wire()
    names = [str(number) for number in range(500)]
    async with pumping(outbox, wire):
        for name in names:
            outbox.put(result(name))
        await outbox.emptied()
    assert wire.taken == names
    assert (outbox.published, len(outbox)) == (500, 0)


async def test_acknowledgements_are_not_waited_for_one_by_one_but_are_bounded() -> None:
    outbox, wire = Outbox(), Wire(allowance=0)
    for number in range(WINDOW * 2):
        outbox.put(result(str(number)))
    async with pumping(outbox, wire):
        await eventually(lambda: len(wire.taken) == WINDOW)
    assert wire.most_unacknowledged == WINDOW


async def test_what_was_not_acknowledged_comes_first_on_the_next_connection() -> None:
    outbox, first, second = Outbox(), Wire(allowance=3), Wire()
    names = [str(number) for number in range(8)]
    for name in names:
        outbox.put(result(name) if int(name) % 2 else progress(name))
    first.broken.set()
    with pytest.raises(BrokerError):
        await outbox.pump(first.publish)
    async with pumping(outbox, second):
        await outbox.emptied()
    assert second.taken == names[3:]


async def test_a_full_outbox_drops_the_oldest_progress_first() -> None:
    outbox, wire = Outbox(capacity=4), Wire()
    for message in (progress("p1"), result("r1"), progress("p2"), result("r2")):
        outbox.put(message)
    outbox.put(result("r3"))
    outbox.put(progress("p3"))
    async with pumping(outbox, wire):
        await outbox.emptied()
    assert wire.taken == ["r1", "r2", "r3", "p3"]
    assert outbox.dropped == 2


async def test_an_outbox_full_of_results_takes_no_progress_and_forgets_the_oldest_result() -> None:
    outbox, wire = Outbox(capacity=2), Wire()
    for message in (result("r1"), result("r2"), progress("p1"), result("r3")):
        outbox.put(message)
    async with pumping(outbox, wire):
        await outbox.emptied()
    assert wire.taken == ["r2", "r3"]
    assert outbox.dropped == 2


async def test_dropping_works_after_unacknowledged_messages_came_back() -> None:
    outbox, first, second = Outbox(capacity=3), Wire(allowance=0), Wire()
    for name in ("p1", "p2"):
        outbox.put(progress(name))
    outbox.put(result("r1"))
    first.broken.set()
    with pytest.raises(BrokerError):
        await outbox.pump(first.publish)
    first.broken.clear()
    async with pumping(outbox, second):
        outbox.put(result("r2"))
        await outbox.emptied()
    assert "r1" in second.taken
    assert "r2" in second.taken


async def test_a_retained_message_takes_the_place_of_the_one_that_waits_for_its_topic() -> None:
    outbox, wire = Outbox(), Wire()
    messages = [retained("a", b"1"), result("r"), retained("b", b"1"), retained("a", b"2")]
    for message in messages:
        outbox.put(message)
    assert len(outbox) == 3
    async with pumping(outbox, wire):
        await outbox.emptied()
        outbox.put(retained("a", b"3"))
        await outbox.emptied()
    assert wire.taken == ["a", "r", "b", "a"]
    assert wire.payloads == [b"2", b"", b"1", b"3"]


async def test_an_unacknowledged_retained_message_goes_before_a_newer_one() -> None:
    outbox, first, second = Outbox(), Wire(allowance=0), Wire()
    outbox.put(retained("a", b"old"))
    first.broken.set()
    with pytest.raises(BrokerError):
        await outbox.pump(first.publish)
    outbox.put(retained("a", b"new"))
    async with pumping(outbox, second):
        await outbox.emptied()
    assert second.payloads == [b"old", b"new"]


async def test_a_full_outbox_drops_retained_messages_before_results() -> None:
    outbox, wire = Outbox(capacity=2), Wire()
    for message in (retained("a", b""), result("r1"), result("r2"), retained("a", b"")):
        outbox.put(message)
    async with pumping(outbox, wire):
        await outbox.emptied()
    assert wire.taken == ["r1", "r2"]


async def test_a_bug_in_publishing_is_not_taken_for_an_outage() -> None:
    async def publish(_: Outgoing) -> None:
        raise ZeroDivisionError

    outbox = Outbox()
    outbox.put(result("r1"))
    with pytest.raises(ExceptionGroup):
        await outbox.pump(publish)

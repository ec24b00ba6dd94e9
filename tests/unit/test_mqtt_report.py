import asyncio
import json
from functools import partial
from typing import Any

import pytest

from integrations.mqtt.outbox import Outgoing
from integrations.mqtt.report import ALWAYS_CHANGING, RetainedReport
from tests.fakes.broker import eventually


class Reader:
    """Where the report comes from and goes to."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"state": "ready", "uptime_s": 0}
        self.published: list[Outgoing] = []
        self.reads = 0

    def read(self) -> dict[str, Any]:
        self.reads += 1
        return self.state | {"uptime_s": self.reads}

    async def publish(self, message: Outgoing) -> None:
        self.published.append(message)

    def has_read_since(self, reads: int) -> bool:
        return self.reads > reads

    def states(self) -> list[str]:
        return [json.loads(message.payload)["state"] for message in self.published]


def health_of(reader: Reader, period_s: float = 60) -> RetainedReport:
    return RetainedReport(
        "base/health", reader.read, period_s=period_s, least_gap_s=0.001, slow=ALWAYS_CHANGING
    )


async def cancelled(work: "asyncio.Task[None]") -> None:
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_health_is_retained_and_reported_at_once_and_on_change() -> None:
    reader = Reader()
    report = health_of(reader)
    async with asyncio.TaskGroup() as group:
        work = group.create_task(report.run(reader.publish))
        await eventually(lambda: reader.published)
        reader.state["state"] = "speaking"
        report.look_again()
        await eventually(lambda: len(reader.published) == 2)
        await cancelled(work)
    assert reader.states() == ["ready", "speaking"]
    assert {(message.topic, message.retain) for message in reader.published} == {
        ("base/health", True)
    }


async def test_health_that_did_not_change_is_not_reported_before_its_time() -> None:
    reader = Reader()
    report = health_of(reader)
    async with asyncio.TaskGroup() as group:
        work = group.create_task(report.run(reader.publish))
        for _ in range(5):
            before = reader.reads
            report.look_again()
            await eventually(partial(reader.has_read_since, before))
        await cancelled(work)
    assert len(reader.published) == 1


async def test_health_is_reported_every_period_even_without_a_change() -> None:
    reader = Reader()
    report = health_of(reader, period_s=0.01)
    async with asyncio.TaskGroup() as group:
        work = group.create_task(report.run(reader.publish))
        await eventually(lambda: len(reader.published) >= 3)
        await cancelled(work)
    assert set(reader.states()) == {"ready"}


async def test_what_did_not_change_is_said_again_when_asked_for() -> None:
    reader = Reader()
    report = health_of(reader)
    async with asyncio.TaskGroup() as group:
        work = group.create_task(report.run(reader.publish))
        await eventually(lambda: reader.published)
        report.repeat()
        await eventually(lambda: len(reader.published) == 2)
        await cancelled(work)
    assert reader.states() == ["ready", "ready"]

"""Wyoming clients of all sorts: those who want speech, and those who want trouble."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from wyoming.event import Event

from integrations.wyoming.framing import encode
from tests.bench.rig.ports import HOST
from tests.fakes.wyoming_rig import classic, dialogue

TEXTS: Final = (
    "Dinner is ready.",
    "The washing machine has finished, and the dryer is free.",
    "Good morning. It is seven o'clock, and there is frost on the windscreen of the car.",
)
LONG: Final = "The washing machine has finished, and the dryer is free. " * 60
SERVED_WITHIN_S: Final = 150.0
HANGS_S: Final = (2.0, 8.0)
PIECE_PAUSE_S: Final = 0.03
BIG: Final = 10**9


@dataclass
class Account:
    """What happened to them."""

    served: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    hostile: Counter[str] = field(default_factory=Counter)
    first_sound_s: list[float] = field(default_factory=list)
    described_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One connection of one client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    account: Account
    chance: random.Random

    async def linger(self) -> None:
        """Stay for a while without a word."""
        await asyncio.sleep(self.chance.uniform(*HANGS_S))


Behaviour: TypeAlias = Callable[[Meeting], Awaitable[None]]


@asynccontextmanager
async def meeting(
    port: int, account: Account, chance: random.Random
) -> AsyncGenerator[Meeting, None]:
    """Connect; leaves without a goodbye."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield Meeting(reader, writer, account, chance)
    finally:
        writer.transport.abort()


async def be_served(meeting: Meeting) -> None:
    """Ask for a text in one way or another and want all of it."""
    text = meeting.chance.choice(TEXTS)
    began = time.monotonic()
    streamed = meeting.chance.random() < 2 / 3
    requests = dialogue(text) if streamed else [classic(text)]
    if streamed and meeting.chance.random() < 1 / 2:
        requests = dialogue(*(word + " " for word in text.split()))
    pause_s = PIECE_PAUSE_S if len(requests) > len(dialogue(text)) else 0.0
    try:
        async with asyncio.timeout(SERVED_WITHIN_S):
            for event in requests:
                meeting.writer.write(encode(event))
                await asyncio.sleep(pause_s)
            outcome = await _heard(
                meeting, began, "synthesize-stopped" if streamed else "audio-stop"
            )
    except TimeoutError:
        outcome = "too late"
    except (OSError, asyncio.IncompleteReadError):
        outcome = "hung up on"
    if outcome:
        meeting.account.failed[outcome] += 1
    else:
        meeting.account.served += 1


async def ask_for_voices(meeting: Meeting) -> None:
    """`describe`, timed."""
    began = time.monotonic()
    meeting.writer.write(encode(Event(type="describe")))
    with suppress(OSError, asyncio.IncompleteReadError):
        await _next_event(meeting.reader)
        meeting.account.described_s.append(time.monotonic() - began)


async def leave_in_the_middle(meeting: Meeting) -> None:
    """Ask for a long text and go after the first of it."""
    meeting.writer.write(encode(classic(LONG)))
    await meeting.reader.read(2000)


async def read_nothing(meeting: Meeting) -> None:
    """Ask for a long text and leave it lying."""
    meeting.writer.write(encode(classic(LONG)))
    await meeting.linger()


async def read_slowly(meeting: Meeting) -> None:
    """Ask for a long text and take it in crumbs."""
    meeting.writer.write(encode(classic(LONG)))
    for _ in range(20):
        await meeting.reader.read(100)
        await asyncio.sleep(0.2)


async def write_slowly(meeting: Meeting) -> None:
    """An event, byte by byte."""
    for byte in encode(classic("Never to be finished."))[:40]:
        meeting.writer.write(bytes([byte]))
        await asyncio.sleep(0.1)


async def leave_a_text_open(meeting: Meeting) -> None:
    """Begin a dialogue that never ends."""
    for event in dialogue("The washing machine is about to ")[:2]:
        meeting.writer.write(encode(event))
    await meeting.linger()


async def say_nothing(meeting: Meeting) -> None:
    """Take a place."""
    await meeting.linger()


async def announce_a_gigabyte(meeting: Meeting) -> None:
    """A header that asks for memory, and some bytes after it."""
    key = meeting.chance.choice(("data_length", "payload_length"))
    meeting.writer.write(json.dumps({"type": "describe", key: BIG}).encode() + b"\n")
    meeting.writer.write(bytes(100_000))
    await meeting.reader.read()


async def send_garbage(meeting: Meeting) -> None:
    """Bytes without meaning."""
    meeting.writer.write(meeting.chance.randbytes(meeting.chance.randrange(1, 200_000)))
    await meeting.reader.read()


async def flood(meeting: Meeting) -> None:
    """Questions without end, and never a look at the answers."""
    meeting.writer.write(encode(Event(type="describe")) * 200)
    await meeting.linger()


BEHAVIOURS: Final[Mapping[Behaviour, int]] = {
    be_served: 60,
    ask_for_voices: 8,
    leave_in_the_middle: 6,
    read_nothing: 3,
    read_slowly: 3,
    write_slowly: 4,
    leave_a_text_open: 3,
    say_nothing: 3,
    announce_a_gigabyte: 4,
    send_garbage: 4,
    flood: 2,
}
"""How often each of them comes, of a hundred."""


async def behave(port: int, account: Account, chance: random.Random) -> None:
    """One client, chosen by chance."""
    behaviour = chance.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))[0]
    try:
        async with meeting(port, account, chance) as met:
            await behaviour(met)
    except OSError as error:
        if behaviour is be_served:
            account.failed[type(error).__name__] += 1
    if behaviour is not be_served:
        account.hostile[getattr(behaviour, "__name__", "?")] += 1


async def _heard(meeting: Meeting, began: float, last: str) -> str | None:
    """None when all came, else what came instead."""
    num_bytes = 0
    while True:
        kind, payload, reason = await _next_event(meeting.reader)
        if kind == "error":
            return reason
        if kind == "audio-chunk" and not num_bytes:
            meeting.account.first_sound_s.append(time.monotonic() - began)
        num_bytes += len(payload)
        if kind == last:
            return None if num_bytes else "no sound"


async def _next_event(reader: asyncio.StreamReader) -> tuple[str, bytes, str]:
    """Its type, its payload, and the reason where it is an error."""
    line = await reader.readuntil(b"\n")
    head = json.loads(line)
    data = json.loads(await reader.readexactly(head.get("data_length") or 0) or b"{}")
    payload = await reader.readexactly(head.get("payload_length") or 0)
    return str(head["type"]), payload, str(data.get("code", ""))

"""Wyoming messages over a socket: bounded, with typed errors.

A message is one line of JSON, then as many bytes of further JSON and of payload as it says.
The server is not trusted: whatever it sends is either an event or an `SttError`. The messages
made here are those whose classes live in modules that import `audioop`, which Python has removed.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Final

from wyoming.event import Event, async_write_event

from hub_agent.recording.errors import SttAnswerError, SttError

MOST_LINE_BYTES: Final = 64 * 1024
MOST_DATA_BYTES: Final = 1024 * 1024
"""The `info` of a server with a hundred voices in it has about 100 KiB."""

MOST_PAYLOAD_BYTES: Final = 1024 * 1024


_CHUNK_BYTES: Final = 8_192


def describe() -> Event:
    """Asks what a server can do."""
    return Event(type="describe")


def is_info(kind: str) -> bool:
    """Whether an event of this type answers `describe`."""
    return kind == "info"


def audio_events(pcm: bytes, sample_rate: int) -> Iterator[Event]:
    """Mono 16-bit audio, from its start to its stop."""
    form = {"rate": sample_rate, "width": 2, "channels": 1}
    yield Event(type="audio-start", data=form)
    for start in range(0, len(pcm), _CHUNK_BYTES):
        yield Event(type="audio-chunk", data=form, payload=pcm[start : start + _CHUNK_BYTES])
    yield Event(type="audio-stop")


async def read_event(reader: asyncio.StreamReader) -> Event:
    """The next event; the reader's limit must be `MOST_LINE_BYTES`."""
    try:
        head = _object(await reader.readuntil(b"\n"))
        data = dict(_mapping(head.get("data")))
        data.update(_object(await _bytes(reader, head, "data_length", MOST_DATA_BYTES) or b"{}"))
        payload = await _bytes(reader, head, "payload_length", MOST_PAYLOAD_BYTES)
    except asyncio.LimitOverrunError as error:
        raise _too_big() from error
    except (asyncio.IncompleteReadError, OSError) as error:
        raise gone() from error
    kind = head.get("type")
    if not isinstance(kind, str):
        raise wrong_answer()
    return Event(type=kind, data=data, payload=payload or None)


async def write_event(writer: asyncio.StreamWriter, event: Event) -> None:
    """Send an event; waits while the server is slower than we."""
    try:
        await async_write_event(event, writer)
    except OSError as error:
        raise gone() from error


def gone() -> SttError:
    """The connection ended in the middle."""
    return SttError(
        "the speech-to-text server hung up",
        hint="look into the server's log",
        reason="stt_unreachable",
    )


def wrong_answer() -> SttAnswerError:
    """What came is not the protocol."""
    return SttAnswerError(
        "what answers there is no Wyoming server",
        hint="check host and port of --stt",
    )


async def _bytes(reader: asyncio.StreamReader, head: dict[str, Any], key: str, most: int) -> bytes:
    length = head.get(key) or 0
    if not isinstance(length, int) or length < 0:
        raise wrong_answer()
    if length > most:
        raise _too_big()
    return await reader.readexactly(length)


def _object(data: bytes) -> dict[str, Any]:
    try:
        return _mapping(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise wrong_answer() from error


def _mapping(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_answer()
    return value


def _too_big() -> SttAnswerError:
    return SttAnswerError(
        "the speech-to-text server sent more than it may",
        hint="check host and port of --stt",
    )

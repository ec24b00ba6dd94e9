"""Wyoming events on a socket: bounded, with typed errors.

An event is one line of JSON, then as many bytes of further JSON and of payload as the line says.
Whatever a peer sends is an event or a `ProtocolError`; nothing is read that is too long.
"""

import asyncio
import json
from typing import Any, Final

from wyoming.event import Event

from hub_agent.errors import HubAgentError

MAX_LINE_BYTES: Final = 64 * 1024
MAX_DATA_BYTES: Final = 128 * 1024
"""Either holds the longest text, every character of it escaped, and some room."""
MAX_PAYLOAD_BYTES: Final = 64 * 1024
"""Nothing asked of us has a payload; what others have is read and forgotten."""


class ProtocolError(HubAgentError):
    """What came is not what the protocol or we allow; `reason` says why in one word."""

    reason = "bad_event"


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event without its payload, None at the end of the stream.

    The reader's limit must be `MAX_LINE_BYTES`. Raises `ProtocolError`.
    """
    try:
        line = await reader.readuntil(b"\n")
        head = _object(line)
        data_length = _length(head, "data_length", MAX_DATA_BYTES)
        payload_length = _length(head, "payload_length", MAX_PAYLOAD_BYTES)
        data = _object(await reader.readexactly(data_length)) if data_length else {}
        await reader.readexactly(payload_length)
    except asyncio.LimitOverrunError as error:
        raise too_long() from error
    except asyncio.IncompleteReadError as error:
        if error.partial or error.expected:
            raise ProtocolError("an event was cut off") from error
        return None
    except OSError:
        return None
    return Event(type=_type(head), data={**_mapping(head.get("data")), **data})


def encode(event: Event) -> bytes:
    """The bytes of an event."""
    head: dict[str, Any] = {"type": event.type}
    data = _json(event.data) if event.data else b""
    if data:
        head["data_length"] = len(data)
    if event.payload:
        head["payload_length"] = len(event.payload)
    return b"".join((_json(head), b"\n", data, event.payload or b""))


def too_long() -> ProtocolError:
    """Something is longer than we read."""
    return ProtocolError("an event is too long", reason="too_long")


def _length(head: dict[str, Any], key: str, most: int) -> int:
    length = head.get(key)
    if length is None:
        return 0
    if type(length) is not int or length < 0:
        raise ProtocolError("an event has a length that is none")
    if length > most:
        raise too_long()
    return length


def _type(head: dict[str, Any]) -> str:
    kind = head.get("type")
    if not isinstance(kind, str):
        raise ProtocolError("an event has no type")
    return kind


def _object(data: bytes) -> dict[str, Any]:
    try:
        return _mapping(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise ProtocolError("an event is not JSON") from error


def _mapping(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ProtocolError("an event is no JSON object")
    return value


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()

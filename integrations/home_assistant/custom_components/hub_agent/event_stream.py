"""Server-sent events: lines of a stream → events (WHATWG HTML, section 9.2)."""

import json
from collections.abc import AsyncGenerator, AsyncIterable

from .errors import HubAgentError
from .models import HubEvent

MAX_EVENT_BYTES = 256 * 1024


async def parsed_events(lines: AsyncIterable[bytes]) -> AsyncGenerator[HubEvent]:
    """Every event with JSON data that ended with its empty line; comments are left out."""
    name, data = "message", bytearray()
    async for line in lines:
        field, _, value = line.rstrip(b"\r\n").partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            name = value.decode(errors="replace")
        elif field == b"data":
            data += value + b"\n"
            if len(data) > MAX_EVENT_BYTES:
                raise HubAgentError("the hub sent an event that is too large")
        elif not line.strip():
            if data:
                yield _event(name, bytes(data))
            name, data = "message", bytearray()


def _event(name: str, data: bytes) -> HubEvent:
    try:
        document = json.loads(data)
    except ValueError:
        raise HubAgentError("the hub sent an event that is no JSON") from None
    if not isinstance(document, dict):
        raise HubAgentError("the hub sent an event that is no object")
    return HubEvent(type=name, data=document)

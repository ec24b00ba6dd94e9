"""Server-sent events (WHATWG HTML, 9.2): what is told to one client, in order and bounded."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from typing import Any, Final

from hub_agent.announcement import AnnouncementEvent
from hub_agent.errors import UnavailableError
from hub_agent.integration import AgentPort
from hub_agent.messages.telling import event_fields
from hub_agent.state_report import state_fields

LEAST_GAP_S: Final = 0.25
"""Between two states; the last one always follows."""
SIGN_OF_LIFE_S: Final = 15.0
MOST_UNSENT: Final = 256
STALLED_S: Final = 10.0

Write = Callable[[bytes], Awaitable[None]]


class Feed:
    """Tells one client until it is gone, does not read, or leaves too much unread."""

    def __init__(self, agent: AgentPort) -> None:
        self._agent = agent
        self._events: deque[bytes] = deque()
        self._overflowed = False
        self._state_is_due = True
        self._wake = asyncio.Event()

    async def run(self, write: Write) -> None:
        """Until `write` raises; raises `UnavailableError` for a client that is too slow."""
        with ExitStack() as stack:
            stack.callback(self._agent.listen(self._take))
            stack.callback(self._agent.watch(self._look_again))
            told: dict[str, Any] | None = None
            next_state_at = self._now()
            while True:
                await self._send_events(write)
                if self._state_is_due and self._now() >= next_state_at:
                    told, next_state_at = await self._send_state(write, told), self._now()
                    next_state_at += LEAST_GAP_S
                if not await self._woken(next_state_at):
                    await _send(write, b": alive\n\n")
                    self._state_is_due = True  # quiet hours begin and end without an event

    def _take(self, event: AnnouncementEvent) -> None:
        if len(self._events) >= MOST_UNSENT:
            self._overflowed = True
        else:
            self._events.append(_encoded("announcement", event_fields(event)))
        self._look_again()

    def _look_again(self) -> None:
        self._state_is_due = True
        self._wake.set()

    async def _send_events(self, write: Write) -> None:
        while self._events:
            await _send(write, self._events.popleft())
        if self._overflowed:
            raise UnavailableError("a client leaves too much unread", reason="reader_too_slow")

    async def _send_state(self, write: Write, told: dict[str, Any] | None) -> dict[str, Any]:
        self._state_is_due = False
        state = state_fields(self._agent)
        if state != told:
            await _send(write, _encoded("state", state))
        return state

    async def _woken(self, next_state_at: float) -> bool:
        """Wait for something to tell; False after a long silence."""
        self._wake.clear()
        if self._events:
            return True
        waits_s = next_state_at - self._now() if self._state_is_due else SIGN_OF_LIFE_S
        with suppress(TimeoutError):
            async with asyncio.timeout(max(waits_s, 0.0)):
                await self._wake.wait()
            return True
        return self._state_is_due

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


async def _send(write: Write, data: bytes) -> None:
    try:
        async with asyncio.timeout(STALLED_S):
            await write(data)
    except TimeoutError as error:
        raise UnavailableError("a client does not read", reason="reader_stalled") from error


def _encoded(name: str, fields: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(fields, separators=(',', ':'))}\n\n".encode()

"""The command line's end of the control socket."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hub_agent.announcement import AnnouncementResult
from hub_agent.control.address import address_of
from hub_agent.control.messages import (
    MAX_LINE_BYTES,
    GreetingsRequest,
    GreetRequest,
    HealthRequest,
    LockRequest,
    Message,
    PairRequest,
    RenewTokenRequest,
    Request,
    SayRequest,
    StopRequest,
    UnlockRequest,
    VoicesRequest,
    encode_request,
    error_from,
    greeting_from,
    label_from,
    read_message,
    result_from,
    voice_from,
)
from hub_agent.errors import HubAgentError, RefusedError, UnavailableError
from hub_agent.greetings.greeting import Greeting
from hub_agent.paths import control_socket
from voices.voice import Voice

if TYPE_CHECKING:
    from hub_agent.labels.label import Label

REPLY_TIMEOUT_S: Final = 5.0
"""For what the agent answers at once; an announcement may take as long as it takes."""

OnEvent = Callable[[Mapping[str, Any]], None]


class ControlClient:
    """Talks to the agent that runs on a data folder; a connection per request."""

    def __init__(self, data_dir: Path) -> None:
        self._path = control_socket(data_dir)

    async def running(self) -> bool:
        """Whether an agent answers; `RefusedError` when it is somebody else's."""
        try:
            _, writer = await self._connect()
        except UnavailableError:
            return False
        writer.close()
        return True

    async def say(self, request: SayRequest, on_event: OnEvent | None = None) -> AnnouncementResult:
        """Speak in rooms and wait for the result; leaving early silences it."""
        return await self._result(request, on_event)

    @asynccontextmanager
    async def stream(self, request: SayRequest) -> AsyncIterator["SpeechStream"]:
        """Speak into this process; leaving early stops the agent's work."""
        async with self._asked(request) as replies:
            opening = await anext(replies, None)
            if opening is None or opening.type != "format":
                raise _vanished()
            yield SpeechStream(int(opening.header["sample_rate"]), replies)

    async def stop(self, *, rooms: tuple[str, ...] = (), announcement_id: str | None = None) -> int:
        """Silence; returns how many announcements were ended."""
        request = StopRequest(rooms=rooms, announcement_id=announcement_id)
        return int((await self._ask(request)).get("count", 0))

    async def health(self) -> Mapping[str, Any]:
        """The agent's report."""
        report = (await self._ask(HealthRequest())).get("health")
        return report if isinstance(report, dict) else {}

    async def voices(self) -> list[Voice]:
        """Every voice the agent can speak as."""
        return [voice_from(each) for each in (await self._ask(VoicesRequest())).get("voices", [])]

    async def greetings(self) -> list[Greeting]:
        """What the agent says at a time of day."""
        listed = (await self._ask(GreetingsRequest())).get("greetings", [])
        return [greeting_from(each) for each in listed]

    async def greet(self, name: str) -> AnnouncementResult:
        """Let it say a greeting now and wait for the result; leaving early silences it."""
        return await self._result(GreetRequest(name=name))

    async def unlock(self, passphrase: str) -> None:
        """Open the vault in the agent. Raises when the passphrase is wrong."""
        await self._ask(UnlockRequest(passphrase=passphrase))

    async def lock(self) -> None:
        """Let the agent wipe its keys and voices."""
        await self._ask(LockRequest())

    async def pair(self) -> float:
        """Open the agent for pairing; returns for how long (s)."""
        return float((await self._ask(PairRequest()))["seconds"])

    async def renew_token(self) -> str:
        """Another token for programs on the network."""
        return str((await self._ask(RenewTokenRequest()))["token"])

    async def _result(
        self, request: Request, on_event: OnEvent | None = None
    ) -> AnnouncementResult:
        async with self._asked(request) as replies:
            async for reply in replies:
                if reply.type == "result":
                    return result_from(reply.header)
                if on_event is not None:
                    on_event(reply.header)
        raise _vanished()

    async def _ask(self, request: Request) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(REPLY_TIMEOUT_S), self._asked(request) as replies:
                async for reply in replies:
                    return reply.header
        except TimeoutError as error:
            raise UnavailableError(
                "the running agent does not answer", hint="see its log, or start it again"
            ) from error
        raise _vanished()

    @asynccontextmanager
    async def _asked(self, request: Request) -> AsyncIterator[AsyncIterator[Message]]:
        reader, writer = await self._connect()
        try:
            writer.write(encode_request(request))
            yield _replies(reader)
        finally:
            writer.close()

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        try:
            with address_of(self._path) as address:
                return await asyncio.open_unix_connection(address, limit=MAX_LINE_BYTES)
        except PermissionError as error:
            raise RefusedError(
                f"the agent on {self._path.parent} belongs to another user",
                hint="run the command as that user, for example with `sudo -u`",
            ) from error
        except OSError as error:
            raise UnavailableError("no agent is running", hint="hub-agent run") from error


class SpeechStream:
    """Audio as the agent makes it, then the result; `label` is there before the first chunk."""

    def __init__(self, sample_rate: int, replies: AsyncIterator[Message]) -> None:
        self.sample_rate = sample_rate
        self._replies = replies
        self.label: Label | None = None
        self._result: AnnouncementResult | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """16-bit mono PCM; the agent waits while nobody asks for the next."""
        async for reply in self._replies:
            if reply.type == "result":
                self._result = result_from(reply.header)
                return
            if reply.type == "label":
                self.label = label_from(reply.header)
            if reply.type == "audio":
                yield reply.payload

    def result(self) -> AnnouncementResult:
        """How it ended; to be asked after the last chunk."""
        if self._result is None:
            raise _vanished()
        return self._result


async def _replies(reader: StreamReader) -> AsyncIterator[Message]:
    while (message := await read_message(reader)) is not None:
        if message.type == "error":
            raise error_from(message.header)
        yield message


def _vanished() -> HubAgentError:
    return UnavailableError("the agent went away before it answered", hint="see its log")

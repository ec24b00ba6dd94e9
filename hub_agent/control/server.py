"""The running agent's end of the control socket."""

import asyncio
import os
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, Self

import structlog

from hub_agent.access import PAIRING_S
from hub_agent.announcement import AnnouncementEvent, EventType
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
    encode,
    error_header,
    event_header,
    greeting_header,
    parse_request,
    read_message,
    result_header,
    voice_header,
)
from hub_agent.control.stream_sink import ClientSink
from hub_agent.errors import AgentBusyError, HubAgentError, RefusedError, UnavailableError
from hub_agent.greetings.greetings import ORIGIN as GREETINGS
from hub_agent.integration import AgentPort
from voices.errors import VoicesError
from voices.family import FamilyVoices
from voices.vault.slots import Passphrase

log = structlog.get_logger(__name__)

MAX_CLIENTS: Final = 32
REQUEST_TIMEOUT_S: Final = 5.0
"""A client that says nothing does not keep its place longer."""
MAX_UNSENT_BYTES: Final = 64 * 1024
ORIGIN: Final = "cli"
PRIVATE_SOCKET_MODE: Final = 0o600
_PEER_CREDENTIALS = struct.Struct("3i")


class SpeakingAgent(AgentPort, Protocol):
    """What the control socket needs of the agent."""

    family: FamilyVoices


class ControlServer:
    """Listens at `path` while entered; only the agent's own user and root may connect.

    The socket of a dead agent is replaced, that of a live one is an `AgentBusyError`. A client
    that goes away takes the announcement it is waiting for with it.
    """

    def __init__(self, agent: SpeakingAgent, path: Path) -> None:
        self._agent = agent
        self._path = path
        self._clients: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()
        self._closed = False

    async def __aenter__(self) -> Self:
        """Bind and listen."""
        async with AsyncExitStack() as stack:
            listener = _listen(self._path)
            stack.callback(self._path.unlink, missing_ok=True)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._turn_away)

            def on_client(reader: StreamReader, writer: StreamWriter) -> None:
                self._take(group, reader, writer)

            server = await asyncio.start_unix_server(on_client, sock=listener, limit=MAX_LINE_BYTES)
            stack.callback(server.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Turn everybody away and remove the socket."""
        await self._stack.aclose()

    def _take(self, group: asyncio.TaskGroup, reader: StreamReader, writer: StreamWriter) -> None:
        if self._closed:
            writer.close()
            return
        client = group.create_task(self._converse(reader, writer), name="control.client")
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)
        client.add_done_callback(lambda _: writer.close())

    def _turn_away(self) -> None:
        self._closed = True
        for client in self._clients:
            client.cancel()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        async with _errors_sent(writer):
            self._admit(writer)
            message = await _first_message(reader)
            if message is not None:
                talk = _Conversation(self._agent, writer)
                await _unless_gone(reader, talk, parse_request(message))

    def _admit(self, writer: StreamWriter) -> None:
        peer = writer.get_extra_info("socket")
        if _uid_of(peer) not in (0, os.geteuid()):
            raise RefusedError("the agent belongs to another user", hint="sudo hub-agent …")
        if len(self._clients) > MAX_CLIENTS:
            raise UnavailableError(
                "the agent talks to too many programs", hint="try again", reason="busy"
            )


class _Conversation:
    """One request and its replies."""

    def __init__(self, agent: SpeakingAgent, writer: StreamWriter) -> None:
        self._agent = agent
        self._writer = writer

    async def serve(self, request: Request) -> None:
        """Answer completely, with an error if need be."""
        async with _errors_sent(self._writer):
            await self._serve(request)

    async def _serve(self, request: Request) -> None:
        match request:
            case SayRequest(stream=True):
                await self._stream(request)
            case SayRequest():
                await self._say(request)
            case GreetRequest():
                await self._greet(request)
            case _:
                await self._send(await self._answer(request))

    async def _answer(self, request: Request) -> Mapping[str, Any]:
        """To what is answered in one line."""
        agent = self._agent
        match request:
            case StopRequest():
                ended = agent.stop(rooms=request.rooms, announcement_id=request.announcement_id)
                return {"type": "stopped", "count": ended}
            case HealthRequest():
                return {"type": "health", "health": dict(agent.health())}
            case GreetingsRequest():
                greetings = [greeting_header(greeting) for greeting in agent.greetings()]
                return {"type": "greetings", "greetings": greetings}
            case UnlockRequest():
                await asyncio.to_thread(agent.family.unlock, Passphrase(request.passphrase))
                return {"type": "unlocked"}
            case LockRequest():
                await asyncio.to_thread(agent.family.lock)
                return {"type": "locked"}
            case PairRequest():
                agent.access.open_pairing(PAIRING_S)
                return {"type": "pairing", "seconds": PAIRING_S}
            case RenewTokenRequest():
                return {"type": "token", "token": await asyncio.to_thread(agent.access.renew)}
            case _:
                voices = [voice_header(voice) for voice in agent.voices()]
                return {"type": "voices", "voices": voices}

    async def _stream(self, request: SayRequest) -> None:
        announcement = request.announcement()
        rate = request.sample_rate or self._agent.sample_rate_of(announcement)
        await self._send({"type": "format", "sample_rate": rate})
        async with ClientSink(self._writer, rate) as sink:
            result = await self._agent.say_to(announcement, sink, origin=ORIGIN)
        await self._send(result_header(result))

    async def _say(self, request: SayRequest) -> None:
        submit = partial(self._agent.submit, request.announcement(), origin=ORIGIN)
        await self._follow(request.id, ORIGIN, submit)

    async def _greet(self, request: GreetRequest) -> None:
        greet = partial(self._agent.greet, request.name, announcement_id=request.id)
        await self._follow(request.id, GREETINGS, greet)

    async def _follow(self, announcement_id: str, origin: str, submit: Callable[[], None]) -> None:
        """Tell every step, from `submit` to the result."""
        events: asyncio.Queue[AnnouncementEvent] = asyncio.Queue()
        unsubscribe = self._agent.listen(_only(announcement_id, origin, events))
        finished = False
        try:
            submit()
            await self._tell(events)
            finished = True
        finally:
            unsubscribe()
            if not finished:
                self._agent.stop(announcement_id=announcement_id)

    async def _tell(self, events: "asyncio.Queue[AnnouncementEvent]") -> None:
        while True:
            event = await events.get()
            if event.type is EventType.RESULT and event.result is not None:
                return await self._send(result_header(event.result))
            await self._send(event_header(event))

    async def _send(self, header: Mapping[str, Any]) -> None:
        self._writer.write(encode(header))
        await self._writer.drain()


async def _unless_gone(reader: StreamReader, talk: _Conversation, request: Request) -> None:
    """Serve; a client that leaves (or says more than it may) ends it."""
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(talk.serve(request), name=f"control.{request.type}")
        watching = group.create_task(_watch(reader), name="control.watch")
        await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        watching.cancel()


async def _watch(reader: StreamReader) -> None:
    with suppress(OSError):
        await reader.read(1)


async def _first_message(reader: StreamReader) -> Message | None:
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            return await read_message(reader)
    except TimeoutError:
        return None


@asynccontextmanager
async def _errors_sent(writer: StreamWriter) -> AsyncIterator[None]:
    """What goes wrong inside is told to the client; a client that has gone is no error."""
    try:
        with suppress(OSError):
            yield
    except (HubAgentError, VoicesError) as error:
        await _send_last(writer, error)
    except Exception:
        log.exception("control request broke")
        await _send_last(writer, _broken())


async def _send_last(writer: StreamWriter, error: HubAgentError | VoicesError) -> None:
    with suppress(OSError):
        writer.write(encode(error_header(error)))
        await writer.drain()


def _only(
    announcement_id: str, origin: str, events: "asyncio.Queue[AnnouncementEvent]"
) -> Callable[[AnnouncementEvent], None]:
    """A listener for one announcement, of whose steps there are but a handful per room."""

    def listener(event: AnnouncementEvent) -> None:
        if event.id == announcement_id and event.origin == origin:
            events.put_nowait(event)

    return listener


def _uid_of(peer: socket.socket) -> int:
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    _pid, uid, _gid = _PEER_CREDENTIALS.unpack(raw)
    return int(uid)


def _broken() -> HubAgentError:
    return HubAgentError("internal error of the agent", hint="see its log", reason="internal")


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        os.fchmod(listener.fileno(), PRIVATE_SOCKET_MODE)
        with address_of(path) as address:
            _remove_dead(path, address)
            listener.bind(address)
    except OSError as error:
        listener.close()
        raise _cannot_listen(path, error) from error
    except BaseException:
        listener.close()
        raise
    return listener


def _remove_dead(path: Path, address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(address)
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except BlockingIOError:
            pass
    raise AgentBusyError(
        f"another agent listens on {path}",
        hint="stop it, or give this one its own folder: HUB_AGENT__DATA_DIR=/path hub-agent run",
    )


def _cannot_listen(path: Path, error: OSError) -> HubAgentError:
    why = (error.strerror or "unknown reason").lower()
    return RefusedError(f"cannot listen on {path}: {why}", hint=f"ls -ld {path.parent}")

"""One HTTP request and its answer as it arrives, which can be given up at any moment.

A worker thread reads; whoever asked waits for it in short steps, minds the time and says when
nobody wants the answer any more: the connection is closed then, whatever it is doing.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from hub_agent.engines.remote.server import Server
from hub_agent.errors import HubAgentError, UnavailableError
from hub_agent.workers import run_in_worker

POLL_S: Final = 0.05
PIECE_BYTES: Final = 16 * 1024
PROGRESS_BYTES: Final = 1024
"""A server that gives less than that in the time of a stall has stalled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask: a POST of `body`, or a GET without one."""

    path: str = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    first_s: float
    stall_s: float
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Head:
    """The first thing that arrives of an answer."""

    status: int
    content_type: str


@dataclass(frozen=True, slots=True)
class _Connected:
    """The time for connecting is over."""


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


_Arrival: TypeAlias = _Connected | Head | bytes | _End


@contextmanager
def exchange(server: Server, request: Request) -> Iterator[Iterator[Head | bytes]]:
    """What arrives: a `Head`, then bytes; empty ones about every `POLL_S` while nothing does.

    Leaving the block closes the connection at once. Iterating raises `UnavailableError` for a
    server that cannot be reached, is too slow, breaks off or never ends, and `RefusedError` for
    one that may not be asked like this. Neither holds anything of request or answer.
    """
    call = _Call(server, request)
    run_in_worker("remote.exchange", call.run)
    try:
        yield call.arrivals()
    finally:
        call.close()


class _Call:
    def __init__(self, server: Server, request: Request) -> None:
        self._server = server
        self._request = request
        self._arrived: SimpleQueue[_Arrival] = SimpleQueue()
        self._socket: socket.socket | None = None
        self._closed = False

    def arrivals(self) -> Iterator[Head | bytes]:
        """In the thread that asked; see `exchange`."""
        patience = _Patience(self._server.connect_s + POLL_S)
        connected = False
        while True:
            try:
                arrived = self._arrived.get(timeout=POLL_S)
            except Empty:
                arrived = b""
            match arrived:
                case _Connected():
                    connected = True
                    patience.begin(self._request.first_s)
                case _End(error):
                    if error is not None:
                        raise _failure(error, connected=connected) from None
                    return
                case Head():
                    yield arrived
                case bytes():
                    patience.progress(len(arrived), self._request.stall_s)
                    yield arrived

    def run(self) -> None:
        """In the worker thread; raises nothing."""
        try:
            self._exchange()
        except Exception as error:  # noqa: BLE001 - told to the thread that asked
            self._arrived.put(_End(error))
        else:
            self._arrived.put(_End())
        finally:
            self.close()

    def close(self) -> None:
        """In any thread: wakes the worker wherever it waits."""
        self._closed = True
        if (opened := self._socket) is not None:
            with suppress(OSError):
                socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def _exchange(self) -> None:
        connection = self._server.connection()
        try:
            connection.connect()
            opened = self._socket = connection.sock
            self._server.require_trusted(opened)
            opened.settimeout(self._request.first_s + self._request.stall_s)
            self._arrived.put(_Connected())
            if not self._closed:
                self._ask(connection)
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        request = self._request
        kind = {} if request.body is None else {"Content-Type": "application/json"}
        connection.request(
            "GET" if request.body is None else "POST",
            self._server.path + request.path,
            body=request.body,
            headers={**self._server.headers, **kind, "Connection": "close"},
        )
        answer = connection.getresponse()
        self._arrived.put(Head(answer.status, answer.headers.get_content_type()))
        left = request.most_bytes
        while not self._closed and (piece := answer.read1(PIECE_BYTES)):
            self._arrived.put(piece)
            left -= len(piece)
            if left < 0:
                raise _trouble("does not stop answering", "server_answer")
        if answer.length:
            raise http.client.IncompleteRead(b"")


class _Patience:
    """Raises `UnavailableError` when what is awaited takes too long."""

    def __init__(self, seconds: float) -> None:
        self.begin(seconds)

    def begin(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._since = 0

    def progress(self, num_bytes: int, next_s: float) -> None:
        """So many bytes came; enough of them buy `next_s`."""
        self._since += num_bytes
        if self._since >= PROGRESS_BYTES:
            self.begin(next_s)
        elif time.monotonic() > self._until:
            raise _trouble("took too long", "server_slow")


def _failure(error: Exception, *, connected: bool) -> Exception:
    """In our words, which hold nothing of what was sent or came."""
    match error:
        case HubAgentError():
            return error
        case ssl.SSLCertVerificationError():
            return _trouble("has a certificate that we cannot trust", "server_untrusted")
        case TimeoutError():
            return _trouble("took too long", "server_slow")
        case OSError() | http.client.HTTPException() if connected:
            return _trouble("broke off its answer", "server_broke_off")
        case OSError():
            return _trouble("cannot be reached", "server_unreachable")
        case _:
            return _trouble(f"cannot be asked: {type(error).__name__}", "server_unreachable")


def _trouble(what: str, reason: str) -> UnavailableError:
    return UnavailableError(f"the speech server {what}", hint="hub-agent doctor", reason=reason)

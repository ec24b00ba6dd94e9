"""Raw 16-bit PCM into file descriptors: named pipes and standard output."""

import contextlib
import errno
import os
import select
import stat
import threading
import time
from pathlib import Path

from hub_agent.audio.fade import fade_out
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.sinks.immediate import ImmediateSink
from hub_agent.sinks.offload import offload
from hub_agent.sinks.paced_pcm import PacedPcmSink
from hub_agent.sinks.sink import CUT_FADE_MS

_PIPE_PATIENCE_S = 2.0
_STREAM_PATIENCE_S = 30.0
"""Someone may look at the output, or pause the player it goes to."""

_OPEN_TIMEOUT_S = 2.0
_POLL_MS = 50


class PipeSink(PacedPcmSink):
    """Writes into a named pipe (a Snapcast `pipe://` source), made when missing, in real time.

    Without a reader, `begin` raises `SinkError` with reason `no_reader`: an announcement that
    nobody hears must not count as spoken.
    """

    def __init__(self, path: Path, *, sample_rate: int, clock: Clock, lead_ms: int) -> None:
        super().__init__(
            name=f"pipe:{path.name}", sample_rate=sample_rate, clock=clock, lead_ms=lead_ms
        )
        self._path = path
        self._fd: int | None = None

    async def _open(self) -> None:
        if self._fd is None:
            self._fd = await _open(self._path)

    async def _send(self, pcm: bytes) -> None:
        if self._fd is None:
            raise SinkError("the pipe is not open", reason="not_begun")
        try:
            await write_fd(self._fd, pcm, patience_s=_PIPE_PATIENCE_S)
        except SinkError:
            self._close()
            raise

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


class StreamSink(ImmediateSink):
    """Writes to an open file descriptor (standard output), as fast as its reader takes it.

    The descriptor stays open and its flags stay as they are. A reader that has gone is a
    `SinkError` with reason `reader_gone`.
    """

    def __init__(self, fd: int, *, sample_rate: int) -> None:
        self.name = "stream"
        self.sample_rate = sample_rate
        self._fd = fd

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        await write_fd(self._fd, float_to_pcm16(samples), patience_s=_STREAM_PATIENCE_S)

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`."""
        await self.write(fade_out(rest, self.sample_rate, CUT_FADE_MS))
        return await super().cut(rest)


async def write_fd(fd: int, data: bytes, *, patience_s: float) -> None:
    """Write everything, waiting for the reader off the loop.

    Raises `SinkError` when the reader has gone, or has taken nothing for `patience_s`.
    """
    stop = threading.Event()
    try:
        await offload(
            lambda: _write_all(fd, data, patience_s, stop),
            name="write pcm",
            timeout_s=patience_s * (2 + len(data) // select.PIPE_BUF),
        )
    except BrokenPipeError as error:
        raise SinkError("the reader has gone", reason="reader_gone") from error
    except OSError as error:  # TimeoutError is one
        raise SinkError("nobody takes the sound", reason="reader_stuck") from error
    finally:
        stop.set()


def _write_all(fd: int, data: bytes, patience_s: float, stop: threading.Event) -> None:
    """Only as much at a time as a pipe that polls writable takes without blocking."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    rest = memoryview(data)
    deadline = time.monotonic() + patience_s
    while rest and not stop.is_set():
        if poll.poll(_POLL_MS):
            rest = rest[_write_piece(fd, rest[: select.PIPE_BUF]) :]
            deadline = time.monotonic() + patience_s
        elif time.monotonic() > deadline:
            raise TimeoutError


def _write_piece(fd: int, piece: memoryview) -> int:
    try:
        return os.write(fd, piece)
    except BlockingIOError:
        return 0


async def _open(path: Path) -> int:
    try:
        return await offload(
            lambda: _open_pipe(path),
            name="open pipe",
            timeout_s=_OPEN_TIMEOUT_S,
            abandoned=os.close,
        )
    except TimeoutError as error:
        raise SinkError("the pipe cannot be opened", reason="pipe_hangs") from error
    except OSError as error:
        raise _open_error(error) from error


def _open_pipe(path: Path) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o660)
    if not stat.S_ISFIFO(path.stat().st_mode):
        raise SinkError(
            "this path is no named pipe", hint="remove it or give another", reason="not_a_pipe"
        )
    return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _open_error(error: OSError) -> SinkError:
    if error.errno == errno.ENXIO:
        return SinkError(
            "nobody reads the pipe",
            hint="start its reader, for example: sudo systemctl start snapserver",
            reason="no_reader",
        )
    return SinkError(
        "the pipe cannot be opened",
        hint="check that its folder exists and the agent may write there",
        reason="not_writable",
    )

"""Raw PCM into pipes, streams and sockets, with real ones of each."""

import asyncio
import os
import socket
import stat
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.clock import SystemClock
from hub_agent.errors import SinkError
from hub_agent.sinks import pcm
from hub_agent.sinks import tcp as tcp_module
from hub_agent.sinks.pcm import PipeSink, StreamSink
from hub_agent.sinks.tcp import TcpSink

RATE = 48_000
BLOCK = 960


def block(level: float = 0.5) -> Samples:
    return np.full(BLOCK, level, np.float32)


async def write_on(sink: PipeSink | TcpSink) -> None:
    """Write until it fails, for half a minute of sound."""
    for _ in range(1500):
        await sink.write(block())


class Drain(threading.Thread):
    """Reads a descriptor to its end."""

    def __init__(self, fd: int) -> None:
        super().__init__(daemon=True)
        self._fd = fd
        self.data = b""

    def run(self) -> None:
        while piece := os.read(self._fd, 65_536):
            self.data += piece
        os.close(self._fd)


def pipe_sink(path: Path, lead_ms: int = 100) -> PipeSink:
    return PipeSink(path, sample_rate=RATE, clock=SystemClock(), lead_ms=lead_ms)


def open_reader(path: Path) -> int:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(fd, True)
    return fd


async def test_a_missing_pipe_is_made_and_no_reader_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    async with pipe_sink(path) as sink:
        with pytest.raises(SinkError) as caught:
            await sink.begin("x")
        assert caught.value.reason == "no_reader"
        assert stat.S_ISFIFO(path.stat().st_mode)


async def test_a_pipe_gets_every_sample_in_real_time(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    drain = Drain(open_reader(path))
    async with pipe_sink(path) as sink:
        await sink.begin("x")
        drain.start()
        started = time.monotonic()
        for _ in range(25):
            await sink.write(block())
            assert sink.unplayed() <= RATE // 10
        await sink.finish()
        took_s = time.monotonic() - started
    drain.join(10)

    assert drain.data == float_to_pcm16(block()) * 25
    assert 0.5 <= took_s < 1.5
    assert sink.unplayed() == 0


async def test_a_cut_pipe_is_silent_within_its_lead(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    drain = Drain(open_reader(path))
    async with pipe_sink(path) as sink:
        await sink.begin("x")
        drain.start()
        for _ in range(25):
            await sink.write(block())
        assert await sink.cut(block()) == 0
        assert sink.unplayed() <= RATE // 10
    drain.join(10)

    ending = np.frombuffer(drain.data, "<i2")[-BLOCK:]
    assert ending.size == BLOCK
    assert (np.diff(ending) <= 0).all()
    assert abs(int(ending[-1])) < 50


async def test_a_reader_that_goes_is_an_error_and_the_next_one_is_served(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = open_reader(path)
    async with pipe_sink(path) as sink:
        await sink.begin("x")
        os.close(reader)
        with pytest.raises(SinkError) as caught:
            await sink.write(block())
        assert caught.value.reason == "reader_gone"

        drain = Drain(open_reader(path))
        await sink.begin("y")
        drain.start()
        await sink.write(block())
    drain.join(10)
    assert drain.data == float_to_pcm16(block())


async def test_a_reader_that_stops_reading_is_an_error_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcm, "_PIPE_PATIENCE_S", 0.2)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = open_reader(path)
    async with asyncio.timeout(20), pipe_sink(path, lead_ms=5000) as sink:
        await sink.begin("x")
        with pytest.raises(SinkError) as caught:
            await write_on(sink)
        assert caught.value.reason == "reader_stuck"
    os.close(reader)


async def test_a_path_that_is_no_pipe_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"precious")
    async with pipe_sink(path) as sink:
        with pytest.raises(SinkError) as caught:
            await sink.begin("x")
    assert caught.value.reason == "not_a_pipe"
    assert path.read_bytes() == b"precious"


async def test_a_full_stream_waits_without_holding_up_the_loop() -> None:
    reading, writing = os.pipe()
    sink = StreamSink(writing, sample_rate=RATE)
    samples = np.zeros(200_000, np.float32)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while ticks < 5:
            await asyncio.sleep(0.01)
            ticks += 1
        drain.start()

    drain = Drain(reading)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(tick())
        await sink.write(samples)
    os.close(writing)
    drain.join(10)

    assert ticks == 5
    assert len(drain.data) == 2 * samples.size


async def test_a_stream_whose_reader_has_gone_is_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(SinkError) as caught:
        await StreamSink(writing, sample_rate=RATE).write(block())
    os.close(writing)
    assert caught.value.reason == "reader_gone"


async def test_a_cancelled_write_to_a_full_stream_ends_at_once() -> None:
    reading, writing = os.pipe()
    sink = StreamSink(writing, sample_rate=RATE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await sink.write(np.zeros(200_000, np.float32))
    writers = [thread for thread in threading.enumerate() if thread.name == "write pcm"]
    for thread in writers:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()
    os.close(reading)
    os.close(writing)


async def test_a_stream_may_be_a_file(tmp_path: Path) -> None:
    with (tmp_path / "raw").open("wb") as file:
        sink = StreamSink(file.fileno(), sample_rate=RATE)
        await sink.begin("x")
        await sink.write(block())
        await sink.finish()
    assert (tmp_path / "raw").read_bytes() == float_to_pcm16(block())


class Server:
    """A TCP server that collects what comes."""

    def __init__(self, *, reads: bool = True) -> None:
        self.data = b""
        self.connections = 0
        self._reads = reads
        self._writers: list[asyncio.StreamWriter] = []
        self.arrived = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        writer.write(b"hello, ignored")
        while self._reads and (piece := await reader.read(65_536)):
            self.data += piece
            self.arrived.set()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


async def with_server(server: Server, use: Callable[[TcpSink], Awaitable[None]]) -> None:
    listening = await asyncio.start_server(server, "127.0.0.1", 0, limit=65_536)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        sink = TcpSink("127.0.0.1", port, sample_rate=RATE, clock=SystemClock(), lead_ms=100)
        async with asyncio.timeout(20), sink:
            await use(sink)
        server.hang_up()


async def test_a_server_gets_every_sample_over_one_connection() -> None:
    server = Server()

    async def use(sink: TcpSink) -> None:
        for name in "ab":
            await sink.begin(name)
            for _ in range(10):
                await sink.write(block())
                assert sink.unplayed() <= RATE // 10
            await sink.finish()
        while len(server.data) < 20 * 2 * BLOCK:
            server.arrived.clear()
            await server.arrived.wait()

    await with_server(server, use)
    assert server.data == float_to_pcm16(block()) * 20
    assert server.connections == 1


async def test_a_server_that_hangs_up_is_an_error_and_connected_to_again() -> None:
    server = Server()

    async def use(sink: TcpSink) -> None:
        await sink.begin("x")
        await sink.write(block())
        await server.arrived.wait()
        server.hang_up()
        with pytest.raises(SinkError) as caught:
            await write_on(sink)
        assert caught.value.reason == "server_away"
        await sink.begin("y")
        await sink.write(block())

    await with_server(server, use)
    assert server.connections == 2


async def test_a_server_that_takes_nothing_is_an_error_in_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp_module, "_PATIENCE_S", 0.2)

    async def use(sink: TcpSink) -> None:
        await sink.begin("x")
        with pytest.raises(SinkError):
            await sink.write(np.zeros(20_000_000, np.float32))

    await with_server(Server(reads=False), use)


async def test_a_missing_server_is_an_error_with_a_hint_and_not_asked_at_once_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        sink = TcpSink("127.0.0.1", port, sample_rate=RATE, clock=SystemClock(), lead_ms=100)
        async with sink:
            for _ in range(2):
                with pytest.raises(SinkError) as caught:
                    await sink.begin("x")
                assert caught.value.hint
            assert await sink.cut(block()) == 0


async def test_what_begins_a_cut_tcp_fade_is_sent() -> None:
    server = Server()

    async def use(sink: TcpSink) -> None:
        await sink.begin("x")
        await sink.write(block())
        await sink.cut(block())
        while len(server.data) < 4 * BLOCK:
            server.arrived.clear()
            await server.arrived.wait()

    await with_server(server, use)
    faded = np.frombuffer(server.data, "<i2")[BLOCK:]
    assert (np.diff(faded) <= 0).all()

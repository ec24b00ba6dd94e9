"""Other programs get quieter while the agent speaks (PulseAudio and PipeWire, through `pactl`)."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import structlog

from hub_agent.clock import Clock
from voices.durable import DiskFiles

log = structlog.get_logger(__name__)

LINGER_S = 0.3
"""Between announcements that follow each other the others stay low."""

_WATCH_EVERY_S = 2.0
_WATCH_S = 60.0
"""A player that was between two tracks while we spoke comes back with the lowered volume, which the
sound server remembers for it; so long we look out for it."""

_PACTL_TIMEOUT_S = 2.0
_CLOSE_TIMEOUT_S = 3.0
_MOST_STREAMS = 64
_MOST_REMEMBERED = 64
_STATE_FILE = "ducking.json"


@dataclass(frozen=True, slots=True)
class Stream:
    """Another program's stream: its number, who it is, the raw volume of each channel."""

    index: int
    key: str
    volumes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ducked:
    """A stream that we lowered: what it was before, and what we made it."""

    index: int
    key: str
    before: tuple[int, ...]
    lowered: tuple[int, ...]


class PactlError(Exception):
    """`pactl` is missing, failed, hung or said something we do not understand."""


class Pactl:
    """The few questions and orders we have for the sound server."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._env = {**(os.environ if env is None else env), "LC_ALL": "C"}

    async def streams(self) -> list[Stream]:
        """All streams of other programs."""
        answer = await self._run("--format=json", "list", "sink-inputs")
        own = str(os.getpid())
        try:
            listed = list(json.loads(answer))
        except (ValueError, TypeError) as error:
            raise PactlError("answer not understood") from error
        streams = [stream for entry in listed if (stream := _other_stream(entry, own))]
        return streams[:_MOST_STREAMS]

    async def set_volumes(self, index: int, volumes: Sequence[int]) -> None:
        """Set the volume of every channel of a stream."""
        await self._run("set-sink-input-volume", str(index), *map(str, volumes))

    async def _run(self, *arguments: str) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                "pactl",
                *arguments,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise PactlError("cannot be started") from error
        return await _answer(process)


class Ducker:
    """Lowers other programs' streams while anybody holds it, and restores them exactly.

    Holding never waits: a task beside it talks to `pactl` and converges on what is wanted.
    Streams whose volume somebody changed meanwhile are left as they are. What was lowered is
    written down in `folder` before, so that the next start can restore it after a crash.
    """

    def __init__(self, folder: Path, *, clock: Clock, pactl: Pactl | None = None) -> None:
        self._path = folder / _STATE_FILE
        self._clock = clock
        self._pactl = pactl or Pactl()
        self._holds: list[int] = []
        self._ducked: dict[int, Ducked] = {}
        self._change = asyncio.Event()
        self._settled = asyncio.Event()
        self._left_alone: set[int] = set()
        self._watch_until = 0.0
        self._closing = False
        self._broken = False
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._ducked = await asyncio.to_thread(_read_state, self._path)
        tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(self._work(), name="ducking")
        self._changed()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._holds.clear()
        self._closing = True
        self._change.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._stack.aclose()

    @contextlib.asynccontextmanager
    async def hold(self, level_percent: int) -> AsyncIterator[None]:
        """Keep other programs at this share of their volume; the lowest of all holds counts."""
        self._holds.append(level_percent)
        self._changed()
        try:
            yield
        finally:
            with contextlib.suppress(ValueError):
                self._holds.remove(level_percent)
            self._watch_until = self._clock.monotonic() + _WATCH_S
            self._changed()

    async def settled(self) -> None:
        """Wait until what is wanted has been ordered; for tests and orderly ends."""
        await self._settled.wait()

    def _changed(self) -> None:
        self._settled.clear()
        self._change.set()

    async def _work(self) -> None:
        while not self._closing or self._change.is_set():
            await self._next_change()
            self._change.clear()
            if not self._holds and self._ducked and not self._closing:
                await self._linger()
            await self._converge()
            if not self._change.is_set():
                self._settled.set()

    async def _next_change(self) -> None:
        """Also every few seconds while a stream may come back that we lowered."""
        watching = self._ducked and self._clock.monotonic() < self._watch_until
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WATCH_EVERY_S if watching else None):
                await self._change.wait()

    async def _linger(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._change.wait()

    async def _converge(self) -> None:
        if not self._holds and not self._ducked:
            self._left_alone.clear()
            return
        try:
            streams = {stream.index: stream for stream in await self._pactl.streams()}
            self._recognise(streams)
            if self._holds:
                await self._lower(streams, min(self._holds))
            else:
                await self._restore(streams)
        except PactlError as error:
            self._say_broken(str(error))
        else:
            self._broken = False

    def _recognise(self, streams: Mapping[int, Stream]) -> None:
        """Find lowered streams that came back under another number, as players do per track."""
        for entry in list(self._ducked.values()):
            present = streams.get(entry.index)
            if present is not None and present.key == entry.key:
                continue
            reborn = [s.index for s in streams.values() if _is_reborn(entry, s)]
            if present is not None or reborn:
                del self._ducked[entry.index]
            for index in reborn:
                self._ducked.setdefault(index, replace(entry, index=index))

    async def _lower(self, streams: Mapping[int, Stream], percent: int) -> None:
        orders = []
        for stream in streams.values():
            entry = self._ducked.get(stream.index)
            if entry is not None and entry.lowered != stream.volumes:
                del self._ducked[stream.index]
                self._left_alone.add(stream.index)
            if stream.index in self._left_alone:
                continue
            before = stream.volumes if entry is None else entry.before
            lowered = tuple(round(volume * percent / 100) for volume in before)
            if lowered != stream.volumes:
                orders.append(Ducked(stream.index, stream.key, before, lowered))
        await self._write_down({**self._ducked, **{order.index: order for order in orders}})
        await self._order({order.index: order.lowered for order in orders})

    async def _restore(self, streams: Mapping[int, Stream]) -> None:
        gone = {index: entry for index, entry in self._ducked.items() if index not in streams}
        await self._order(
            {
                index: entry.before
                for index, entry in self._ducked.items()
                if index in streams and streams[index].volumes == entry.lowered
            }
        )
        self._left_alone.clear()
        await self._write_down(gone)

    async def _order(self, volumes: Mapping[int, tuple[int, ...]]) -> None:
        """Set volumes side by side; a stream that ended meanwhile is no matter."""
        async with asyncio.TaskGroup() as tasks:
            for index, wanted in volumes.items():
                tasks.create_task(self._set(index, wanted), name="pactl")

    async def _set(self, index: int, volumes: tuple[int, ...]) -> None:
        with contextlib.suppress(PactlError):
            await self._pactl.set_volumes(index, volumes)

    async def _write_down(self, ducked: dict[int, Ducked]) -> None:
        newest = list(ducked.items())[-_MOST_REMEMBERED:]
        self._ducked = dict(newest)
        entries = list(self._ducked.values())
        try:
            await asyncio.to_thread(_write_state, self._path, entries)
        except OSError as error:
            self._say_broken(f"state not written: {error.strerror}")

    def _say_broken(self, why: str) -> None:
        if not self._broken:
            log.warning("ducking does not work", why=why, hint="install pulseaudio-utils")
        self._broken = True


def _is_reborn(entry: Ducked, stream: Stream) -> bool:
    return bool(entry.key) and stream.key == entry.key and stream.volumes == entry.lowered


def _other_stream(entry: Mapping[str, Any], own_process: str) -> Stream | None:
    """A stream of the list; None for our own, and for those that have no volume."""
    try:
        properties = entry["properties"]
        volumes = tuple(int(channel["value"]) for channel in entry["volume"].values())
        index = int(entry["index"])
        process = str(properties.get("application.process.id"))
        key = properties.get("module-stream-restore.id") or properties.get("application.name")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if process == own_process or not volumes else Stream(index, str(key or ""), volumes)


async def _answer(process: asyncio.subprocess.Process) -> bytes:
    try:
        async with asyncio.timeout(_PACTL_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError as error:
        raise PactlError("does not answer") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise PactlError("failed")
    return output


def _read_state(path: Path) -> dict[int, Ducked]:
    """What an earlier run lowered; nothing when there is none or it is damaged."""
    try:
        entries = json.loads(path.read_text())
        ducked = [
            Ducked(int(e["index"]), str(e["key"]), tuple(e["before"]), tuple(e["lowered"]))
            for e in entries
        ]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return {}
    return {entry.index: entry for entry in ducked[-_MOST_REMEMBERED:]}


def _write_state(path: Path, entries: Sequence[Ducked]) -> None:
    if entries:
        DiskFiles().write(path, json.dumps([asdict(entry) for entry in entries]).encode())
    else:
        DiskFiles().remove(path)

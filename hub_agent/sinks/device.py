"""A loudspeaker of this machine."""

import asyncio
import contextlib
from typing import Self

import structlog

from hub_agent.audio.stage import Samples
from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.sinks import portaudio
from hub_agent.sinks.offload import in_background, offload
from hub_agent.sinks.playout import Playout
from hub_agent.sinks.portaudio import OpenStream
from hub_agent.sinks.retry import Retry
from hub_agent.sinks.sink import CUT_FADE_MS

log = structlog.get_logger(__name__)

IDLE_CLOSE_S = 5.0
"""An open stream costs about 2 % of a core; opening one takes milliseconds."""

_OPEN_TIMEOUT_S = 3.0
_CLOSE_TIMEOUT_S = 2.0
_HANGING_PAUSE_S = 60.0
_QUIET_S = 0.5
_QUIET_WHILE_WAKING_S = 4.0
"""Suspended USB and Bluetooth loudspeakers take seconds before they ask for more."""

_WAKING_S = 0.3
"""Callbacks this long after opening show that the device is awake: the first ones only fill
its buffer."""

_CUT_PATIENCE_S = 0.5
_SHORTEST_WAIT_S = 0.005
_SECOND_LOOK_S = 0.1


class DeviceSink:
    """Plays through PortAudio; see `Sink`.

    The stream is opened by `begin`, stays open between utterances and is closed after
    `idle_close_s` without one. A device that went away is looked for again by every `begin`, with
    pauses of at most 5 s between attempts. `buffer_ms` is how far writing may run ahead.
    """

    def __init__(
        self,
        *,
        device: str,
        sample_rate: int,
        clock: Clock,
        buffer_ms: int = 200,
        idle_close_s: float = IDLE_CLOSE_S,
    ) -> None:
        self.name = f"device:{device}"
        self.sample_rate = sample_rate
        self._device = device
        self._clock = clock
        self._idle_close_s = idle_close_s
        self._buffer_ms = buffer_ms
        self._playout = Playout(sample_rate, buffer_ms, clock.monotonic)
        self._past_underruns = 0
        self._retry = Retry(clock)
        self._stream: OpenStream | None = None
        self._opened_at = 0.0
        self._idle: asyncio.TimerHandle | None = None
        self._lost = False

    @property
    def underruns(self) -> int:
        """See `Sink.underruns`."""
        return self._past_underruns + self._playout.underruns

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._stay_open()
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(SinkError, TimeoutError):
                await offload(
                    lambda: portaudio.close_stream(stream),
                    name="close device",
                    timeout_s=_CLOSE_TIMEOUT_S,
                )

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 – part of the contract
        """See `Sink.begin`."""
        self._stay_open()
        if self._stream is not None and self._is_quiet(self._stream):
            self._drop_stream()
        if self._stream is None:
            await self._open()
        self._playout.begin()

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        left = samples
        while True:
            self._require_stream()
            left = left[self._playout.put(left) :]
            if not left.size:
                return
            await self._wait(min(left.size, self._playout.ring.capacity // 2))

    async def finish(self) -> None:
        """See `Sink.finish`."""
        self._playout.expecting = False
        while waiting := self._playout.ring.available():
            self._require_stream()
            await self._wait(waiting)
        await self._clock.sleep(self._in_device() / self.sample_rate)
        self._close_when_idle()

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`; a device that does not answer is given up, without an error."""
        if self._stream is None:
            return 0
        self._playout.request_cut(rest)
        deadline = self._clock.monotonic() + _CUT_PATIENCE_S
        await self._clock.sleep(CUT_FADE_MS / 1000)
        while self._playout.cut_wanted:
            if self._clock.monotonic() > deadline:
                unheard = self._playout.ring.available()
                self._drop_stream()
                return unheard
            await self._clock.sleep(_SHORTEST_WAIT_S)
        self._close_when_idle()
        return self._playout.cut_dropped

    def unplayed(self) -> int:
        """See `Sink.unplayed`; includes what the device holds."""
        return self._playout.ring.available() + self._in_device()

    def _in_device(self) -> int:
        if self._stream is None:
            return 0
        left_s = self._playout.sound_ends_at - self._clock.monotonic()
        return max(0, round(left_s * self.sample_rate))

    async def _open(self) -> None:
        if not self._retry.due():
            raise _away()
        playout = Playout(self.sample_rate, self._buffer_ms, self._clock.monotonic)
        try:
            self._stream = await self._open_stream(playout)
        except SinkError as error:
            self._retry.failed(_HANGING_PAUSE_S if error.reason == "device_hangs" else 0.0)
            self._say_lost(error.reason)
            raise
        self._past_underruns = self.underruns
        self._playout = playout
        self._opened_at = self._clock.monotonic()
        self._retry.worked()
        self._say_back()

    async def _open_stream(self, playout: Playout) -> OpenStream:
        """With the devices known so far; if that fails, once more after looking for new ones."""
        if not self._lost:
            try:
                return await self._try_open(playout, look_again=False)
            except SinkError as error:
                if error.reason not in {"device_away", "no_such_device"}:
                    raise
        return await self._try_open(playout, look_again=True)

    async def _try_open(self, playout: Playout, *, look_again: bool) -> OpenStream:
        try:
            return await offload(
                lambda: portaudio.open_stream(
                    self._device, self.sample_rate, playout.fill, look_again=look_again
                ),
                name="open device",
                timeout_s=_OPEN_TIMEOUT_S,
                abandoned=portaudio.close_stream,
            )
        except TimeoutError as error:
            raise SinkError(
                "the loudspeaker hangs", hint="hub-agent devices", reason="device_hangs"
            ) from error

    async def _wait(self, num_samples: int) -> None:
        """Let the device play that many samples; raises `SinkError` when it has stopped asking."""
        await self._clock.sleep(max(_SHORTEST_WAIT_S, num_samples / self.sample_rate))
        if self._is_quiet(self._require_stream()):
            await self._clock.sleep(_SECOND_LOOK_S)
            if self._is_quiet(self._require_stream()):
                self._drop_stream()
                raise _away()

    def _is_quiet(self, stream: OpenStream) -> bool:
        """Whether the device no longer asks for samples."""
        if not stream.is_active():
            return True
        last_call_at = self._playout.last_call_at
        awake = last_call_at > self._opened_at + _WAKING_S
        patience_s = _QUIET_S if awake else _QUIET_WHILE_WAKING_S
        return self._clock.monotonic() - max(last_call_at, self._opened_at) > patience_s

    def _require_stream(self) -> OpenStream:
        if self._stream is None:
            raise _away()
        return self._stream

    def _drop_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            in_background(lambda: portaudio.close_stream(stream), name="drop device")
        self._say_lost("device_away")

    def _close_when_idle(self) -> None:
        self._stay_open()
        self._idle = asyncio.get_running_loop().call_later(self._idle_close_s, self._close_idle)

    def _stay_open(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _close_idle(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            in_background(lambda: portaudio.close_stream(stream), name="close idle device")

    def _say_lost(self, reason: str) -> None:
        if not self._lost:
            log.warning("loudspeaker lost", sink=self.name, reason=reason)
        self._lost = True

    def _say_back(self) -> None:
        if self._lost:
            log.info("loudspeaker back", sink=self.name)
        self._lost = False


def _away() -> SinkError:
    return SinkError("the loudspeaker is away", hint="hub-agent devices", reason="device_away")

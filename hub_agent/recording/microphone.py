"""A microphone that is listened to block by block; nothing of it ever reaches a disk."""

import time
from typing import Final, Self

import numpy as np

from hub_agent.audio.stage import Samples
from hub_agent.recording import capture
from hub_agent.recording.errors import MicrophoneError
from hub_agent.sinks.ring import Ring

RING_S: Final = 10.0
"""How long the reader may look away before samples are lost (and counted)."""

_GONE_S: Final = 1.5
_GONE_WHILE_WAKING_S: Final = 5.0
"""Bluetooth headsets take seconds before the first sample comes."""

_POLL_S: Final = 0.005
_LARGEST_RATE: Final = 48_000


class WipedRing(Ring):
    """A ring that can be overwritten with zeros."""

    def wipe(self) -> None:
        """Overwrite everything, also what was taken already."""
        self._buffer.fill(0)


class Microphone:
    """Mono samples in [-1, 1] at the device's rate; a context manager for one thread.

    `overflows` counts how often samples were lost, in the device or because nobody read for
    `RING_S`. Leaving the block closes the device and wipes what was not read.
    """

    def __init__(self, device: str = "default", *, ring_s: float = RING_S) -> None:
        self._device = device
        self._ring = WipedRing(round(ring_s * _LARGEST_RATE))
        self._stream: capture.OpenInput | None = None
        self._seen = 0
        self._seen_at = 0.0
        self.overflows = 0

    def __enter__(self) -> Self:
        self._stream = capture.open_input(self._device, self._take)
        self._seen_at = time.monotonic()
        return self

    def __exit__(self, *exc: object) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            capture.close_input(stream)
        self._ring.wipe()

    @property
    def sample_rate(self) -> int:
        """In Hz, while the device is open."""
        return self._open().sample_rate

    def read(self, timeout_s: float) -> Samples:
        """What was heard since the last call, at least one sample unless the time is over.

        MicrophoneError (`device_away`) when the device has stopped to send.
        """
        deadline = time.monotonic() + timeout_s
        while not self._ring.available():
            self._check()
            if time.monotonic() >= deadline:
                break
            time.sleep(_POLL_S)
        heard = np.empty(self._ring.available(), np.float32)
        self._ring.take_into(heard)
        return heard

    def discard(self) -> None:
        """Forget what was heard and not read."""
        self._ring.drop()

    def _take(self, samples: Samples, lost: bool) -> None:
        if self._ring.put(samples) < samples.size or lost:
            self.overflows += 1

    def _open(self) -> capture.OpenInput:
        if self._stream is None:
            raise _away()
        return self._stream

    def _check(self) -> None:
        """Called when nothing is there to be read."""
        now = time.monotonic()
        if self._ring.written != self._seen:
            self._seen, self._seen_at = self._ring.written, now
        patience_s = _GONE_S if self._seen else _GONE_WHILE_WAKING_S
        if not self._open().is_active() or now - self._seen_at > patience_s:
            raise _away()


def _away() -> MicrophoneError:
    return MicrophoneError(
        "the microphone is away", hint="plug it in again and start anew", reason="device_away"
    )

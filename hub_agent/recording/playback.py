"""Laying a take back through a loudspeaker."""

import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.audio.resample import resample
from hub_agent.audio.stage import Samples
from hub_agent.sinks import portaudio

_RATE: Final = 48_000
_POLL_S: Final = 0.05
_PATIENCE_S: Final = 3.0
"""Beyond the length of the take: a loudspeaker that hangs must not hold up the session."""


def play(
    samples: Samples, sample_rate: int, stop: Callable[[], bool], *, device: str = "default"
) -> None:
    """Play to the end, or until `stop` says so. Blocks; SinkError when nothing can play."""
    roll = _Roll(resample(samples, sample_rate, _RATE))
    stream = portaudio.open_stream(device, _RATE, roll.fill, look_again=False)
    deadline = time.monotonic() + samples.size / sample_rate + _PATIENCE_S
    try:
        while time.monotonic() < deadline and not stop():
            if roll.ended.wait(_POLL_S):
                time.sleep(portaudio.LATENCY_S)
                return
    finally:
        portaudio.close_stream(stream)
        roll.wipe()


class _Roll:
    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._at = 0
        self.ended = threading.Event()

    def fill(self, out: NDArray[np.float32], _delay_s: float) -> None:
        """See `portaudio.Fill`."""
        piece = self._samples[self._at : self._at + out.shape[0]]
        out[: piece.size] = piece[:, np.newaxis]
        out[piece.size :] = 0.0
        self._at += piece.size
        if self._at >= self._samples.size:
            self.ended.set()

    def wipe(self) -> None:
        """Overwrite the copy that was played, once the stream is closed."""
        self._samples.fill(0)

"""What the device's callback does: play from the ring, fade out on demand, count underruns."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hub_agent.audio.fade import num_samples, ramp
from hub_agent.audio.stage import Samples
from hub_agent.sinks.ring import Ring
from hub_agent.sinks.sink import CUT_FADE_MS

_LEAST_LATENCY_S = 0.01
_MOST_LATENCY_S = 1.0
"""Bounds for what drivers claim; Bluetooth really has a few hundred milliseconds."""

_GAP_FADE_MS = 3.0
"""Around a gap in the sound: without it every underrun clicks."""


class Playout:
    """Shared by the event loop (writes) and PortAudio's thread (`fill`); no locks.

    Each attribute is stored by one side only, except `cut_wanted`, which the loop sets and the
    callback clears.
    """

    def __init__(self, sample_rate: int, buffer_ms: float, now: Callable[[], float]) -> None:
        self.ring = Ring(num_samples(buffer_ms, sample_rate))
        self.expecting = False
        self.cut_wanted = False
        self.cut_dropped = 0
        self.underruns = 0
        self.last_call_at = now()
        self.sound_ends_at = 0.0
        self._sample_rate = sample_rate
        self._now = now
        self._starved = False
        self._faded = -1
        self._fade_length = 0
        self._fall: Samples = ramp(num_samples(CUT_FADE_MS, sample_rate))[::-1].copy()
        self._gap_fade = num_samples(_GAP_FADE_MS, sample_rate)
        self._last = 0.0

    def begin(self) -> None:
        """Loop: a new utterance; until its first sample nothing is expected."""
        self.expecting = False

    def put(self, samples: Samples) -> int:
        """Loop: give what there is room for; how many samples that were."""
        count = self.ring.put(samples)
        self.expecting = self.expecting or count > 0
        return count

    def request_cut(self, rest: Samples) -> None:
        """Loop: fade out at once over what is inside, made up to the fade's length by `rest`."""
        self.expecting = False
        missing = self._fall.size - self.ring.available()
        if missing > 0:
            self.ring.put(rest[:missing])
        self.cut_dropped = 0
        self.cut_wanted = True

    def fill(self, out: NDArray[np.float32], delay_s: float) -> None:
        """Callback: fill an array of shape (num_samples, channels), heard in `delay_s`."""
        self.last_call_at = self._now()
        mono = out[:, 0]
        count = self._fading(mono) if self.cut_wanted else self._playing(mono)
        mono[count:] = 0.0
        if out.shape[1] > 1:
            out[:, 1:] = out[:, :1]
        if count:
            latency_s = min(max(delay_s, _LEAST_LATENCY_S), _MOST_LATENCY_S)
            self.sound_ends_at = self.last_call_at + latency_s + count / self._sample_rate

    def _playing(self, mono: Samples) -> int:
        expecting = self.expecting
        count = self.ring.take_into(mono)
        if self._starved and count:
            rising = min(count, self._gap_fade)
            mono[:rising] *= ramp(rising)
            self._starved = False
        if count < mono.size and expecting and self.expecting and not self._starved:
            self.underruns += 1
            self._starved = True
            count = self._soften(mono, count)
        if count:
            self._last = float(mono[count - 1])
        return count

    def _soften(self, mono: Samples, count: int) -> int:
        """Fade out what there is; with nothing left, let the last value die away."""
        if count == 0:
            count = min(mono.size, self._gap_fade)
            mono[:count] = self._last
        falling = min(count, self._gap_fade)
        mono[count - falling : count] *= ramp(falling)[::-1]
        return count

    def _fading(self, mono: Samples) -> int:
        if self._faded < 0:
            self._fade_length = min(self._fall.size, self.ring.available())
            self._faded = 0
        count = self.ring.take_into(mono[: self._fade_length - self._faded])
        if count:
            places = np.arange(self._faded, self._faded + count) * self._fall.size
            mono[:count] *= self._fall[places // self._fade_length]
        self._faded += count
        if self._faded >= self._fade_length:
            self.cut_dropped = self.ring.drop()
            self._faded = -1
            self._starved = False
            self.cut_wanted = False
        return count

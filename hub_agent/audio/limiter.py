"""Keeping peaks below a ceiling."""

import numpy as np
from numpy.typing import NDArray

from hub_agent.audio.fade import num_samples
from hub_agent.audio.gain import db_to_factor
from hub_agent.audio.stage import Samples

LOOK_AHEAD_MS = 1.5
"""The gain glides down over this time before a peak; shorter is heard as distortion."""

RELEASE_DB_PER_S = 60.0
"""How fast the gain comes back: half a second after the loudest shout, without pumping."""

_UNITS_PER_DB = 1 << 24
"""Gains are whole numbers of this fraction of a decibel: sums stay exact however long it runs,
so the output cannot depend on how the input is cut."""

_LOUDEST = 16.0
"""Samples are cut here first (+24 dB), so that one absurd value cannot mute a whole second."""


class Limiter:
    """A look-ahead peak limiter: nothing leaves above the ceiling, whatever comes in.

    Look-ahead: 1.5 ms. Samples that need no limiting leave bit for bit as they came. NaN becomes
    silence, infinities become full scale.
    """

    def __init__(
        self,
        sample_rate: int,
        ceiling_db: float = -1.0,
        look_ahead_ms: float = LOOK_AHEAD_MS,
    ) -> None:
        self._ceiling = np.float32(db_to_factor(ceiling_db))
        self._ahead = max(1, num_samples(look_ahead_ms, sample_rate))
        self.look_ahead_ms = 1000 * self._ahead / sample_rate
        self._release = max(1, int(RELEASE_DB_PER_S * _UNITS_PER_DB / sample_rate))
        self._samples: Samples = np.zeros(0, np.float32)
        self._needed: NDArray[np.int64] = np.zeros(0, np.int64)
        self._gains: NDArray[np.int64] = np.zeros(self._ahead, np.int64)

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        clean = _clean(samples)
        self._samples = np.concatenate([self._samples, clean])
        self._needed = np.concatenate([self._needed, self._needed_gains(clean)])
        ready = self._samples.size - self._ahead
        return self._take(ready) if ready > 0 else self._samples[:0]

    def finish(self) -> Samples:
        """See `Stage.finish`."""
        still_inside = self._samples.size
        self._needed = np.concatenate([self._needed, np.zeros(self._ahead, np.int64)])
        return self._take(still_inside)

    def _needed_gains(self, samples: Samples) -> NDArray[np.int64]:
        """The highest gain (in units, at most 0) that keeps each sample below the ceiling."""
        needed = np.zeros(samples.size, np.int64)
        peaks = np.abs(samples)
        loud = np.flatnonzero(peaks > self._ceiling)
        if loud.size:
            over_db = 20 * np.log10(peaks[loud].astype(np.float64) / float(self._ceiling))
            needed[loud] = -np.ceil(over_db * _UNITS_PER_DB).astype(np.int64)
        return needed

    def _take(self, ready: int) -> Samples:
        out, self._samples = self._samples[:ready], self._samples[ready:]
        needed, self._needed = self._needed[: ready + self._ahead], self._needed[ready:]
        if not needed.any() and not self._gains.any():
            return out
        gains = self._released(_sliding_minimum(needed, self._ahead + 1))
        return self._apply(out, gains)

    def _released(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Falls with `wanted` at once, rises at most by the release; with the tail before it."""
        climb = np.arange(1, wanted.size + 1, dtype=np.int64) * self._release
        floor = np.minimum.accumulate(wanted - climb)
        released: NDArray[np.int64] = np.minimum(floor, self._gains[-1]) + climb
        return released

    def _apply(self, out: Samples, gains: NDArray[np.int64]) -> Samples:
        """Smooth the gains by their mean over the look-ahead, which no peak in it exceeds."""
        line = np.concatenate([self._gains, gains])
        self._gains = line[line.size - self._ahead :]
        sums = np.concatenate([[0], np.cumsum(line)])
        means = (sums[self._ahead + 1 :] - sums[1 : -self._ahead]) / self._ahead
        factors = np.power(10.0, means / (20.0 * _UNITS_PER_DB))
        limited: Samples = (out * factors).astype(np.float32)
        return limited.clip(-self._ceiling, self._ceiling)


def _clean(samples: Samples) -> Samples:
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(samples, np.float32(-_LOUDEST), np.float32(_LOUDEST))


def _sliding_minimum(values: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The minimum of every `width` neighbours: windows double until they are wide enough."""
    span = 1
    while span * 2 <= width:
        values = np.minimum(values[:-span], values[span:])
        span *= 2
    return np.minimum(values[: values.size - (width - span)], values[width - span :])

"""Putting the engine's segments together without clicks and with pauses of our choosing."""

import numpy as np

from hub_agent.audio.fade import num_samples, ramp
from hub_agent.audio.gain import db_to_factor
from hub_agent.audio.silence import AUDIBLE_DB
from hub_agent.audio.stage import Samples

FADE_MS = 3.0
"""Fade at both edges of a segment: no click, and plosives keep their attack."""

LIVE_PAUSE_MS = 40.0
"""So much of a silent stretch passes at once; the rest waits until it is known whether the
segment goes on or ends."""


class Joiner:
    """Trims the silence around each segment and puts the wanted pause between them.

    Look-ahead: 3 ms, which become the fade-out when the segment ends there. Of silence longer
    than 40 ms the rest is held until sound follows, so sound itself is never later than that.
    Within a segment nothing is lost. One object serves all segments of an utterance.
    """

    look_ahead_ms = FADE_MS

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._fade = num_samples(FADE_MS, sample_rate)
        self._live_pause = num_samples(LIVE_PAUSE_MS, sample_rate)
        self._threshold = db_to_factor(AUDIBLE_DB)
        self._held: list[Samples] = []
        self._forget_segment()

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        audible = np.flatnonzero(np.abs(samples) > self._threshold)
        if not audible.size:
            return self._silent(samples)
        end = int(audible[-1]) + 1
        head = samples[:end] if self._started else self._onset(samples[:end], int(audible[0]))
        sound = self._delayed(np.concatenate([*self._held, head]))
        self._held, self._run = [], 0
        return np.concatenate([sound, self._silent(samples[end:])])

    def end_segment(self, pause_ms: float) -> Samples:
        """The end of a segment and a pause of `pause_ms`.

        The pause is longer only where the engine's own silence, of which up to 40 ms have
        already been passed on, is longer.
        """
        tail = self._tail * ramp(self._tail.size)[::-1]
        passed = min(self._run, self._live_pause)
        missing = max(0, num_samples(pause_ms, self._sample_rate) - passed)
        self._forget_segment()
        return np.concatenate([tail, np.zeros(missing, np.float32)])

    def finish(self) -> Samples:
        """See `Stage.finish`: the end of the last segment, without a pause."""
        return self.end_segment(0.0)

    def _forget_segment(self) -> None:
        self._started = False
        self._tail: Samples = np.zeros(0, np.float32)
        self._held = []
        self._run = 0
        self._fade_in: Samples = ramp(self._fade)

    def _onset(self, samples: Samples, first: int) -> Samples:
        """Drop leading silence but for the fade's length, which is what was held."""
        self._started = True
        joined = np.concatenate([*self._held, samples])
        start = max(0, joined.size - samples.size + first - self._fade)
        self._held = []
        return joined[start:]

    def _silent(self, samples: Samples) -> Samples:
        if not self._started:
            held = np.concatenate([*self._held, samples])
            self._held = [held[max(0, held.size - self._fade) :]]
            return held[:0]
        live = max(0, min(samples.size, self._live_pause - self._run))
        if live < samples.size:
            self._held.append(samples[live:])
        self._run += samples.size
        return self._delayed(samples[:live])

    def _delayed(self, samples: Samples) -> Samples:
        """Fade in what begins the segment, and keep the last few milliseconds back."""
        line = np.concatenate([self._tail, self._faded_in(samples)])
        cut = max(0, line.size - self._fade)
        self._tail = line[cut:]
        return line[:cut]

    def _faded_in(self, samples: Samples) -> Samples:
        rising = min(self._fade_in.size, samples.size)
        if not rising:
            return samples
        faded = samples.copy()
        faded[:rising] *= self._fade_in[:rising]
        self._fade_in = self._fade_in[rising:]
        return faded

"""The samples of the take that is being made."""

import numpy as np

from hub_agent.audio.stage import Samples


class TakeBuffer:
    """One block of memory for takes up to `longest_s`; what is beyond it is not kept.

    Nothing is ever moved to other memory except by `cut`, so that `wipe` leaves nothing behind.
    """

    def __init__(self, sample_rate: int, longest_s: float) -> None:
        self._rate = sample_rate
        self._samples: Samples = np.zeros(round(sample_rate * longest_s), np.float32)
        self._filled = 0

    @property
    def duration_s(self) -> float:
        """Seconds in it."""
        return self._filled / self._rate

    def add(self, samples: Samples) -> None:
        """Append samples."""
        fits = samples[: self._samples.size - self._filled]
        self._samples[self._filled : self._filled + fits.size] = fits
        self._filled += fits.size

    def keep_last(self, seconds: float) -> None:
        """Forget all but the last seconds."""
        kept = min(self._filled, round(seconds * self._rate))
        self._samples[:kept] = self._samples[self._filled - kept : self._filled].copy()
        self._samples[kept : self._filled] = 0.0
        self._filled = kept

    def cut(self, *, without_last_s: float) -> Samples:
        """A copy of the take without its end; the buffer is empty and zero afterwards."""
        count = max(0, self._filled - round(without_last_s * self._rate))
        take = self._samples[:count].copy()
        self.wipe()
        return take

    def wipe(self) -> None:
        """Empty it and overwrite it with zeros."""
        self._samples[: self._filled] = 0.0
        self._filled = 0

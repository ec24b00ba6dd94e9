"""How loud the voice is above everything else in a recording.

Even fast reading has moments in which only the room is heard: gaps of some 100 ms. The mean
power of the quietest tenth is that of the room when the room is steady. Where the quietest
tenth differs much within itself, the background comes and goes, as chatter does, and its mean
is above what the gaps show. The constants were fitted on readings with white, pink and brown
noise and chatter of five and eight people added from 3 to 30 dB.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from voices.enrolment.frames import Powers

_SMOOTH: Final = 9
"""Frames, 90 ms: shorter than most gaps between phrases, long enough to be steady."""
_QUIET_SHARE: Final = 0.1
_QUIETEST_SHARE: Final = 0.02
_PER_SPREAD: Final = 0.9
_MOST_AT_5_DB: Final = 6.0
_LESS_PER_DB: Final = 0.2
_MOST_WHEN_CLEAN_DB: Final = 2.0
_LEAST_DB: Final = -10.0
_MOST_DB: Final = 80.0
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Mixture:
    """Mean powers of the voice and of the rest."""

    voice: float
    noise: float

    @property
    def snr_db(self) -> float:
        """Voice over the rest, between -10 and 80 dB."""
        return decibels_between(self.voice, self.noise)


def separate(total: Powers) -> Mixture:
    """Voice and noise told apart by the power of frames (10 ms each) from first to last word."""
    if total.size < 2 * _SMOOTH:
        return Mixture(float(np.mean(total)) if total.size else 0.0, 0.0)
    smooth = np.convolve(total, np.ones(_SMOOTH) / _SMOOTH, "valid") + _TINY
    whole = float(np.mean(total)) + _TINY
    quietest, quiet = np.quantile(smooth, (_QUIETEST_SHARE, _QUIET_SHARE))
    seen = float(np.mean(smooth[smooth <= quiet]))
    spread_db = 10 * np.log10(quiet / quietest)
    noise = seen * 10 ** (_hidden_db(decibels_between(whole - seen, seen), spread_db) / 10)
    noise = float(min(noise, whole / 1.1))
    return Mixture(whole - noise, noise)


def decibels_between(voice: float, noise: float) -> float:
    """One power over another, within what is worth telling."""
    ratio = 10 * np.log10(max(voice, _TINY) / max(noise, _TINY))
    return float(np.clip(ratio, _LEAST_DB, _MOST_DB))


def _hidden_db(seen_db: float, spread_db: float) -> float:
    """How much louder the background is than in the gaps, by how much it varies there."""
    most = max(_MOST_AT_5_DB - _LESS_PER_DB * max(seen_db - 5.0, 0.0), _MOST_WHEN_CLEAN_DB)
    return min(_PER_SPREAD * spread_db, most)

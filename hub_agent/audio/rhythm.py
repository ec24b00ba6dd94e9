"""The rhythm label: "AI" in Morse, short long – short short, which says that speech is synthetic.

GB 45438-2025, 5.3; the lengths of the parts are those of ITU-R M.1677-1.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from hub_agent.audio.fade import fade_in, fade_out
from hub_agent.audio.gain import db_to_factor
from hub_agent.audio.silence import silence
from hub_agent.audio.stage import Samples

UNIT_MS: Final = 90.0
"""A short tone, and the pause between tones; slow enough to be told from a chime."""

_TONES: Final = ((1, 1), (3, 3), (1, 1), (1, 0))
"""Units of sound and of the silence after it; three of silence part the letters."""

LEVEL_DB: Final = -20.0
"""RMS of a tone: that of speech."""

_PITCH_HZ: Final = 740.0
_PARTIALS: Final = ((1, 1.0), (2, 0.25), (3, 0.06))
_EDGE_MS: Final = 8.0


@lru_cache(maxsize=8)
def rhythm(sample_rate: int) -> Samples:
    """The samples, about 1 s. The array is shared: read only."""
    pieces: list[Samples] = []
    for sounding, silent in _TONES:
        pieces += [_tone(sounding, sample_rate), silence(silent * UNIT_MS, sample_rate)]
    whole = np.concatenate(pieces)
    whole.setflags(write=False)
    return whole


def _tone(units: int, sample_rate: int) -> Samples:
    time_s = np.arange(round(units * UNIT_MS / 1000 * sample_rate)) / sample_rate
    audible = [
        (ratio, level) for ratio, level in _PARTIALS if ratio * _PITCH_HZ < 0.45 * sample_rate
    ]
    waves = [level * np.sin(2 * np.pi * _PITCH_HZ * ratio * time_s) for ratio, level in audible]
    tone = np.sum(waves, axis=0)
    scaled = (tone / np.std(tone) * db_to_factor(LEVEL_DB)).astype(np.float32)
    return fade_out(fade_in(scaled, sample_rate, _EDGE_MS), sample_rate, _EDGE_MS)

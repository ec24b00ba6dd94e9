"""Whether an utterance that was just marked really carries its mark."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.alignment import soft_bits
from voices.watermark.correlator import KeyPattern
from voices.watermark.features import at_analysis_rate, power_spectra, ripple
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey
from voices.watermark.payload import coded_signs
from voices.watermark.tails import log_tail, probability

_PASS_P: Final = 1e-4
_REACH_FRAMES: Final = range(-3, 4)
"""The samples may begin a little early or late."""


def carries_mark(
    samples: NDArray[np.float32], sample_rate: int, key: EpochKey, mark: UtteranceMark
) -> bool:
    """Whether `samples`, from the utterance's first on, carry `mark`.

    Takes less than a tenth of a second. Of utterances below half a second it may say no.
    """
    return mark_p_value(samples, sample_rate, key, mark) <= _PASS_P


def mark_p_value(
    samples: NDArray[np.float32], sample_rate: int, key: EpochKey, mark: UtteranceMark
) -> float:
    """A bound on the probability that audio without `mark` fits it as well as this."""
    frames = ripple(power_spectra(at_analysis_rate(samples, sample_rate), 1.0), 1.0)
    pattern = KeyPattern.of(key)
    code = coded_signs(mark.payload, key.tag_key).astype(np.float64)
    count = max(1, len(frames) // 2)
    best = 0.0
    for shift in _REACH_FRAMES:
        offsets = np.full(count, 2 * mark.start_phase + shift)
        soft = soft_bits(frames, pattern, offsets, np.ones(count, np.float32))
        fit = float(code @ soft.sums) + soft.pilot_sum
        best = max(best, fit / float(np.sqrt(soft.energy + soft.pilot_energy + 1e-12)))
    return probability(log_tail(best) + float(np.log(len(_REACH_FRAMES))))

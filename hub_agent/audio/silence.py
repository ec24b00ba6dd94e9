"""What is silence and what can be heard."""

import numpy as np

from hub_agent.audio.fade import num_samples
from hub_agent.audio.gain import db_to_factor
from hub_agent.audio.stage import Samples

AUDIBLE_DB = -50.0
"""Peaks below this are lost in a quiet living room when speech peaks near full scale."""


def silence(ms: float, sample_rate: int) -> Samples:
    """That much silence."""
    return np.zeros(num_samples(ms, sample_rate), np.float32)


def first_audible_index(samples: Samples, threshold_db: float = AUDIBLE_DB) -> int | None:
    """Where the first sample above the threshold is, None when all is silent."""
    audible = np.abs(samples) > db_to_factor(threshold_db)
    index = int(np.argmax(audible)) if audible.size else 0
    return index if audible.size and audible[index] else None

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


def is_audible(samples: Samples, threshold_db: float = AUDIBLE_DB) -> bool:
    """Whether anything in it can be heard."""
    return first_audible_index(samples, threshold_db) is not None


class LeadingSilenceTrimmer:
    """Drops the silence before an utterance, except `keep_ms`. Look-ahead: 0 ms.

    The kept part leaves together with the first audible sample, so nothing that can be heard
    comes later than without this stage.
    """

    look_ahead_ms = 0.0

    def __init__(
        self, sample_rate: int, threshold_db: float = AUDIBLE_DB, keep_ms: float = 5.0
    ) -> None:
        self._threshold_db = threshold_db
        self._keep = num_samples(keep_ms, sample_rate)
        self._held: Samples | None = np.zeros(0, np.float32)

    def process(self, samples: Samples) -> Samples:
        """See `Stage.process`."""
        if self._held is None:
            return samples
        joined = np.concatenate([self._held, samples])
        start = first_audible_index(joined, self._threshold_db)
        if start is None:
            self._held = joined[max(0, joined.size - self._keep) :]
            return joined[:0]
        self._held = None
        return joined[max(0, start - self._keep) :]

    def finish(self) -> Samples:
        """See `Stage.finish`; an utterance that was silent throughout ends empty."""
        return np.zeros(0, np.float32)

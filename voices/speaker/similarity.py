"""What cosines between speaker embeddings mean.

Measured on 351 read-aloud recordings of 261 speakers, three for enrolment: the same voice over
the same microphone scores 0.84 on average for five seconds of speech, another one 0.51.
Relatives were not among them, and they sound alike: hence the margin, and a band in which
nothing is decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Embedding = NDArray[np.float32]

ACCEPT_SAME_CHANNEL: Final = 0.75
"""0.1 % of other speakers reach 0.77 with five seconds; none of the same stay below 0.75."""
REJECT_SAME_CHANNEL: Final = 0.68
"""Below where other speakers begin to be taken for the same (1 % at 0.72)."""
ACCEPT_DIFFERENT_CHANNEL: Final = 0.70
"""An old recording against the hub's microphone: at most 1.6 % of other speakers reach it."""
REJECT_DIFFERENT_CHANNEL: Final = 0.60
"""A telephone or a re-recording lowers the same voice to 0.66-0.72 on average."""
SOMEBODY_ELSE: Final = 0.75
"""From here on a new voice is taken for somebody who is known already."""
MARGIN: Final = 0.05
"""By which the best of several must beat the second, since relatives sound alike."""
LEAST_TEST_S: Final = 5.0
"""Speech in a test, from which on the limits above hold; 1.6 s scores 0.1 lower."""
LEAST_ENROLMENT: Final = 3
"""Recordings in a voice print, from which on the limits above hold."""


class Verdict(StrEnum):
    """Whether two recordings are of one person."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on cosines are the same person, and below which they are not."""

    accept: float
    reject: float

    def verdict(self, cosine: float) -> Verdict:
        """What `cosine` means; a cosine that is no number decides nothing."""
        if cosine >= self.accept:
            return Verdict.SAME
        return Verdict.DIFFERENT if cosine < self.reject else Verdict.UNSURE


SAME_CHANNEL: Final = Limits(ACCEPT_SAME_CHANNEL, REJECT_SAME_CHANNEL)
"""The same microphone in the same room. Where unsure: record again."""
DIFFERENT_CHANNEL: Final = Limits(ACCEPT_DIFFERENT_CHANNEL, REJECT_DIFFERENT_CHANNEL)
"""Old recordings, telephones, other microphones. Where unsure: ask a second adult."""


def cosine(one: Embedding, other: Embedding) -> float:
    """1 for the same direction, 0 where either is nothing."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / lengths if lengths else 0.0


def voice_print(embeddings: Sequence[Embedding]) -> Embedding:
    """The direction of the mean of several embeddings of one person, of unit length."""
    if not embeddings:
        raise ValueError("a voice print needs an embedding")
    mean = np.mean(np.stack(embeddings), axis=0, dtype=np.float64)
    return np.asarray(mean / (np.linalg.norm(mean) or 1.0), np.float32)


def recognised(cosines: Mapping[str, float], limits: Limits = SAME_CHANNEL) -> str | None:
    """Whose voice it is by their cosines: the best, if good enough and clearly before the rest."""
    ranked = sorted(cosines, key=lambda key: -cosines[key])
    if not ranked or limits.verdict(cosines[ranked[0]]) is not Verdict.SAME:
        return None
    second = cosines[ranked[1]] if len(ranked) > 1 else -1.0
    return ranked[0] if cosines[ranked[0]] - second >= MARGIN else None

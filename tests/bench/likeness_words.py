"""How many words of speech a small recogniser gets wrong."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.decode import resampled

Floats = NDArray[np.float32]

_RATE = 16_000


class Recogniser:
    """Pocketsphinx with the American model it comes with, any words, no grammar."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(samprate=_RATE, loglevel="FATAL")

    def error_rate(self, texts: Sequence[str], spoken: Sequence[Floats], rate: int) -> float:
        """Wrong, missing and additional words over all words."""
        pairs = [
            (words_of(text), self._heard(each, rate))
            for text, each in zip(texts, spoken, strict=True)
        ]
        errors = sum(distance(said, heard) for said, heard in pairs)
        return errors / sum(len(said) for said, _heard in pairs)

    def _heard(self, samples: Floats, rate: int) -> list[str]:
        pcm = np.clip(resampled(samples, rate, _RATE), -1, 1) * 32767
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.astype("<i2").tobytes(), False, True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return words_of(hypothesis.hypstr) if hypothesis else []


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("’", "'")).split()


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein's, in words."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row = row, [number]
        for place, other in enumerate(heard):
            row.append(min(before[place] + (word != other), before[place + 1] + 1, row[-1] + 1))
    return row[-1]

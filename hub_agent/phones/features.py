"""The second input of a T2S model: what a Chinese language model makes of each character."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hub_agent.phones.phones import Phones

WIDTH = 1024
"""Of the hidden layers of chinese-roberta-wwm-ext-large."""


class ZhFeatures(Protocol):
    """A Chinese BERT."""

    def of_characters(self, text: str) -> NDArray[np.float32]:
        """[len(text), WIDTH]: the third last hidden layer, without the first and last token."""
        ...


def features_of(phones: Phones, zh_features: ZhFeatures | None) -> NDArray[np.float32]:
    """[WIDTH, len(phones.ids)]: zeros but for Mandarin, where a model is given.

    A character's row stands at each of its phones.
    """
    features = np.zeros((len(phones.ids), WIDTH), dtype=np.float32)
    if zh_features is None:
        return features.T
    start = 0
    for part in phones.parts:
        end = start + len(part.symbols)
        if part.language == "zh" and part.word2ph and part.text:
            rows = zh_features.of_characters(part.text)
            features[start:end] = np.repeat(rows, part.word2ph, axis=0)
        start = end
    return features.T

"""The second input of a T2S model: what a Chinese language model makes of each character."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hub_agent.phones.phones import Phones


class ZhFeatures(Protocol):
    """A Chinese BERT."""

    def of_characters(self, text: str) -> NDArray[np.float32]:
        """`[len(text), width]`: the third-last hidden state, without the first and last token."""
        ...


def features_of(phones: Phones, zh_features: ZhFeatures | None) -> NDArray[np.float32] | None:
    """`[width, len(phones.ids)]`: a character's row at each of its phones, elsewhere zeros.

    None where there would be nothing but zeros: without Mandarin, or without a model.
    """
    if zh_features is None:
        return None
    features: NDArray[np.float32] | None = None
    start = 0
    for part in phones.parts:
        end = start + len(part.symbols)
        if part.language == "zh" and part.word2ph and part.text:
            rows = np.repeat(zh_features.of_characters(part.text), part.word2ph, axis=0)
            if features is None:
                features = np.zeros((len(phones.ids), rows.shape[1]), np.float32)
            features[start:end] = rows
        start = end
    return None if features is None else features.T

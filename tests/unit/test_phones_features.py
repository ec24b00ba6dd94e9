"""Features of a Chinese language model stand at the phones of their characters."""

import numpy as np
from numpy.typing import NDArray

from hub_agent.phones import phones_of
from hub_agent.phones.features import features_of

WIDTH = 5


class Counting:
    """Each character's row is its number, from 1."""

    def of_characters(self, text: str) -> NDArray[np.float32]:
        return np.repeat(np.arange(1, len(text) + 1, dtype=np.float32)[:, None], WIDTH, axis=1)


def test_rows_are_repeated_for_each_phone_of_a_character() -> None:
    features = features_of(phones_of("你好，世界。", "zh"), Counting())
    assert features is not None
    assert features.shape == (WIDTH, 10)
    assert features[0].tolist() == [1, 1, 2, 2, 3, 4, 4, 5, 5, 6]


def test_phones_of_other_languages_are_zeros() -> None:
    mixed = phones_of("打开Home，世界", "zh")
    features = features_of(mixed, Counting())
    assert features is not None
    assert features.shape == (WIDTH, len(mixed.ids))
    assert features[0, :4].tolist() == [1, 1, 2, 2]
    assert not features[:, 4 : 4 + len(mixed.parts[1].symbols)].any()


def test_without_mandarin_or_a_model_there_are_none() -> None:
    assert features_of(phones_of("Dinner is ready.", "en"), Counting()) is None
    assert features_of(phones_of("打开Home，世界", "zh"), None) is None

"""Weights by name: read one at a time, with weight normalisation folded."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.problems import damaged


class Weights(Mapping[str, NDArray[np.float32]]):
    """Arrays by name, each made when it is asked for; shapes are known before."""

    @abstractmethod
    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one, without reading it; a `KeyError` if there is none."""

    def __contains__(self, name: object) -> bool:
        # As a Mapping is, it would read all of the weight to find out.
        try:
            self.shape(str(name))
        except KeyError:
            return False
        return True


class Renamed(Weights):
    """The same weights under other names: `{new: old}`."""

    def __init__(self, weights: Weights, names: Mapping[str, str]) -> None:
        self._weights = weights
        self._names = names

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self._weights[self._names[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one, without reading it."""
        return self._weights.shape(self._names[name])


_GAIN: Final = re.compile(r"(.*)\.(?:weight_g|parametrizations\.weight\.original0)")
_DIRECTION: Final = re.compile(r"(.*)\.(?:weight_v|parametrizations\.weight\.original1)")


class Folded(Weights):
    """Each pair of gain g and direction v as the one weight g * v / |v|.

    The norm is taken over all axes along which g has one value: those after the first for
    convolutions (so per input channel for transposed ones), the first two for HuBERT's.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        gains = _by_weight(_GAIN, weights)
        directions = _by_weight(_DIRECTION, weights)
        if gains.keys() != directions.keys():
            raise damaged("a normalised weight in it is incomplete")
        self._pairs = {name: (gains[name], directions[name]) for name in gains}
        for gain, direction in self._pairs.values():
            _check_gain(weights.shape(gain), weights.shape(direction))
        paired = {*gains.values(), *directions.values()}
        self._names = [*(name for name in weights if name not in paired), *self._pairs]

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        if name not in self._pairs:
            return self._weights[name]
        gain, direction = (self._weights[part] for part in self._pairs[name])
        return folded(gain, direction)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one, without reading it."""
        return self._weights.shape(self._pairs[name][1] if name in self._pairs else name)


def folded(gain: NDArray[np.float32], direction: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weight of a normalised pair."""
    axes = tuple(axis for axis, size in enumerate(gain.shape) if size == 1)
    norm = np.sqrt(np.sum(np.square(direction, dtype=np.float64), axis=axes, keepdims=True))
    if not norm.all():
        raise damaged("a normalised weight in it has no direction")
    return np.asarray(direction * (gain / norm), np.float32)


def _by_weight(pattern: re.Pattern[str], names: Weights) -> dict[str, str]:
    matches = (pattern.fullmatch(name) for name in names)
    return {f"{match[1]}.weight": match[0] for match in matches if match}


def _check_gain(gain: tuple[int, ...], direction: tuple[int, ...]) -> None:
    fits = all(size in {1, of} for size, of in zip(gain, direction, strict=False))
    if len(gain) != len(direction) or not fits:
        raise damaged("a normalised weight in it has the wrong shape")

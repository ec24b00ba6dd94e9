"""Tops of the wave that were cut off, also when it was turned down afterwards.

A voice reaches its highest peak once or twice. A wave that was clipped reaches the same
height again and again, and stays there.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_FLAT: Final = 0.003
"""Of the peak: less than what coding in 16 bits and turning down leave of a flat top."""
_LEAST_TOPS: Final = 6
_LEAST_LENGTH: Final = 2
_WOBBLY: Final = 0.12
"""Of the peak: how far lossy coding bends what was flat."""
_HEAPED: Final = 1.0
_MOST_SILENT: Final = 1e-4


def clipped_share(samples: Samples) -> float:
    """Share of the samples that lie on cut-off tops."""
    if not samples.size:
        return 0.0
    found = sum(_flat_samples(side * samples) for side in (1.0, -1.0))
    return max(float(found) / samples.size, _bent_share(samples))


def _flat_samples(wave: Samples) -> int:
    """Samples within a hair of the highest peak, when there are too many tops for chance."""
    peak = float(np.max(wave))
    if peak < _MOST_SILENT:
        return 0
    edges = np.flatnonzero(
        np.diff((wave >= peak * (1 - _FLAT)).astype(np.int8), prepend=0, append=0)
    )
    lengths = edges[1::2] - edges[::2]
    flat = lengths[lengths >= _LEAST_LENGTH]
    return int(flat.sum()) if flat.size >= _LEAST_TOPS else 0


def _bent_share(samples: Samples) -> float:
    """The same after lossy coding: more samples just under the top than well below it."""
    height = np.abs(samples)
    peak = float(np.quantile(height, 1 - 2e-5))
    top = int(np.count_nonzero(height > peak * (1 - _WOBBLY)))
    below = int(np.count_nonzero(height > peak * (1 - 2 * _WOBBLY))) - top
    heaped = peak >= _MOST_SILENT and top > _HEAPED * below and top > _LEAST_TOPS * 4
    return (top - below) / samples.size if heaped else 0.0

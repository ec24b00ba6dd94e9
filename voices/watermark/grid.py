"""The cells that carry the mark: which frequencies, which stretch of time."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

NUM_BANDS: Final = 26
LOWEST_HZ: Final = 300.0
HIGHEST_HZ: Final = 6500.0
"""One band is about as wide as the ear's own; telephones and AM radios still pass most of them."""
HOP_S: Final = 0.008
CHIPS_IN_2_S: Final = 125
CHIP_S: Final = 2 / CHIPS_IN_2_S
"""16 ms: speech changes its levels mostly below 15 Hz: quick chips meet little of it."""
WINDOW_HOPS: Final = 4
BLOCK_CHIPS: Final = 12
PERIOD_BLOCKS: Final = 384
PERIOD_CHIPS: Final = BLOCK_CHIPS * PERIOD_BLOCKS
"""73.7 s: what a detector looks at in one go."""


def band_edges_hz() -> NDArray[np.float64]:
    """The `NUM_BANDS + 1` edges, evenly spaced on the ear's scale (ERB, Glasberg and Moore)."""
    low, high = (21.4 * np.log10(1 + 0.00437 * hz) for hz in (LOWEST_HZ, HIGHEST_HZ))
    rates = np.linspace(low, high, NUM_BANDS + 1)
    return np.asarray((10 ** (rates / 21.4) - 1) / 0.00437, np.float64)


def bands_of(frequencies_hz: NDArray[np.float64]) -> NDArray[np.intp]:
    """The band of each frequency, -1 for those in none."""
    bands = np.searchsorted(band_edges_hz(), frequencies_hz, side="right") - 1
    return np.where(bands < NUM_BANDS, bands, -1)


def band_shares() -> NDArray[np.float64]:
    """How far each band is moved, as a share of the strength; 1 on average.

    Low bands hold one moving harmonic each: there a change is heard soonest and found last.
    """
    return np.linspace(0.6, 1.4, NUM_BANDS)


def hop_samples(sample_rate: int) -> int:
    """Samples between two frames, about 8 ms; a multiple of 8, which suits the transform."""
    return 8 * round(HOP_S * sample_rate / 8)


def root_hann(size: int) -> NDArray[np.float64]:
    """The square root of a periodic Hann window."""
    return np.asarray(np.sin(np.pi * np.arange(size) / size), np.float64)

"""How loud a recording is to the ear, after ITU-R BS.1770: weighted, in blocks, gated."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_BLOCK_S: Final = 0.4
_STEP_S: Final = 0.1
_OFFSET_DB: Final = -0.691
_ABSOLUTE_GATE_LUFS: Final = -70.0
_RELATIVE_GATE_DB: Final = -10.0
_SHELF: Final = (1681.974, 3.999843853973347, 0.7071752369554196)
_HIGH_PASS: Final = (38.13547, 0.5003270373238773)


def loudness_lufs(samples: Samples, sample_rate: int) -> float:
    """Integrated loudness of a mono recording; minus infinity for silence."""
    powers = _block_powers(samples, sample_rate)
    loud = powers[_lufs(powers) > _ABSOLUTE_GATE_LUFS]
    if not loud.size:
        return float("-inf")
    gate = float(_lufs(np.mean(loud))) + _RELATIVE_GATE_DB
    return float(_lufs(np.mean(loud[_lufs(loud) > gate])))


def _lufs(power: NDArray[np.float64] | np.floating) -> NDArray[np.float64]:
    return np.asarray(_OFFSET_DB + 10 * np.log10(power + 1e-20))


def _block_powers(samples: Samples, sample_rate: int) -> NDArray[np.float64]:
    """Weighted power of overlapping blocks; what is shorter than one is one block."""
    size, step = round(_BLOCK_S * sample_rate), round(_STEP_S * sample_rate)
    whole = np.pad(samples, (0, max(0, size - samples.size)))
    weights = _weights(size, sample_rate)
    blocks = np.lib.stride_tricks.sliding_window_view(whole, size)[::step]
    return np.array([_weighted_power(block, weights) for block in blocks])


def _weighted_power(block: Samples, weights: NDArray[np.float64]) -> float:
    spectrum = np.fft.rfft(block)
    return float(np.dot(spectrum.real**2 + spectrum.imag**2, weights)) * 2.0 / block.size**2


def _weights(size: int, sample_rate: int) -> NDArray[np.float64]:
    """Squared gain of both filters at the bins of a block."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / sample_rate) / sample_rate)
    gain = np.abs(_shelf(z, sample_rate) * _high_pass(z, sample_rate)) ** 2
    return np.asarray(gain)


def _shelf(z: NDArray[np.complex128], sample_rate: int) -> NDArray[np.complex128]:
    hertz, gain_db, quality = _SHELF
    k = np.tan(np.pi * min(hertz / sample_rate, 0.49))
    high = 10 ** (gain_db / 20)
    middle = high**0.4996667741545416
    over = (
        high + middle * k / quality + k * k,
        2 * (k * k - high),
        high - middle * k / quality + k * k,
    )
    under = 1 + k / quality + k * k, 2 * (k * k - 1), 1 - k / quality + k * k
    return _quotient(over, under, z)


def _high_pass(z: NDArray[np.complex128], sample_rate: int) -> NDArray[np.complex128]:
    hertz, quality = _HIGH_PASS
    k = np.tan(np.pi * hertz / sample_rate)
    under = 1 + k / quality + k * k, 2 * (k * k - 1), 1 - k / quality + k * k
    scale = under[0]
    return _quotient((scale, -2 * scale, scale), under, z)


def _quotient(
    over: tuple[float, ...], under: tuple[float, ...], z: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    return np.asarray(np.polyval(over[::-1], z) / np.polyval(under[::-1], z))

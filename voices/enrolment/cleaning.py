"""A recording made ready: no rumble, a little less noise, even loudness.

The noise is learnt in the pauses and turned down by at most some decibels, smoothly over time
and frequency, so that nothing tinkles. Loudness goes to -23 LUFS after ITU-R BS.1770, or as
near as peaks of -1 dB allow.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.activity import Activity, speech_mask
from voices.enrolment.filters import filtered, without_rumble
from voices.enrolment.loudness import loudness_lufs
from voices.enrolment.progress import Progress, silent

Samples = NDArray[np.float32]
Spectrum = NDArray[np.float32]

TARGET_LUFS: Final = -23.0
_HIGHEST_PEAK: Final = 0.891
_MOST_GAIN: Final = 100.0
_WINDOW_S: Final = 0.032
_OVERLAP: Final = 4
_LEAST_PAUSE_S: Final = 0.3
_PAUSE_MARGIN_FRAMES: Final = 3
_QUIET: Final = 0.1
_QUIET_TO_MEAN: Final = 2.0
"""A tenth of noise frames have less than half of the mean power, in one bin about a tenth."""
_OVER: Final = 1.4
"""Of the noise's power: what a neighbourhood must have before any of it counts as voice."""
_CONTEXT: Final = 2
_ACROSS: Final = 5
_AT_ONCE: Final = 1_000


def cleaned(
    samples: Samples,
    sample_rate: int,
    activity: Activity,
    *,
    at_most_db: float = 12.0,
    progress: Progress = silent,
) -> Samples:
    """The recording without rumble, with less noise, at -23 LUFS; of the same length."""
    clear = filtered(samples, sample_rate, without_rumble)
    if at_most_db > 0.0:
        clear = denoised(clear, sample_rate, activity, at_most_db=at_most_db, progress=progress)
    return normalised(clear, sample_rate)


def normalised(samples: Samples, sample_rate: int) -> Samples:
    """The recording at -23 LUFS, or lower where its peaks would be over -1 dB."""
    loudness = loudness_lufs(samples, sample_rate)
    peak = float(np.max(np.abs(samples), initial=0.0))
    if not np.isfinite(loudness) or peak == 0.0:
        return samples
    gain = min(10 ** ((TARGET_LUFS - loudness) / 20), _HIGHEST_PEAK / peak, _MOST_GAIN)
    return samples * np.float32(gain)


def denoised(
    samples: Samples,
    sample_rate: int,
    activity: Activity,
    *,
    at_most_db: float = 12.0,
    progress: Progress = silent,
) -> Samples:
    """The recording with what is heard in its pauses turned down, by no more than asked."""
    hop = max(1, round(_WINDOW_S * sample_rate / _OVERLAP))
    size = hop * _OVERLAP
    if samples.size < 4 * size:
        return samples
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (2 * size, 3 * size)), size)[
        ::hop
    ]
    times = (np.arange(len(frames)) - 1.5 * _OVERLAP) * hop / sample_rate
    noise = _noise(frames, window, _quiet_frames(activity, times))
    floor = 10 ** (-at_most_db / 20)
    result = np.zeros(len(frames) * hop + size, np.float32)
    for start in range(_CONTEXT, len(frames) - _CONTEXT, _AT_ONCE):
        spectra = np.fft.rfft(frames[start - _CONTEXT : start + _AT_ONCE + _CONTEXT] * window)
        gains = _gains(spectra.real**2 + spectra.imag**2, noise, floor)
        blocks = np.fft.irfft(spectra[_CONTEXT:-_CONTEXT] * gains, size) * window
        _overlap_add(result, blocks, start * hop, hop)
        progress(min(1.0, (start + _AT_ONCE) / len(frames)))
    return result[2 * size : 2 * size + samples.size] * np.float32(2.0 / _OVERLAP)


def _quiet_frames(activity: Activity, times: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Frames in pauses, away from words."""
    speech = speech_mask(activity, times).astype(np.float64)
    near = np.convolve(speech, np.ones(2 * _PAUSE_MARGIN_FRAMES + 1), "same") > 0.0
    return np.asarray(~near & (times > 0.0) & (times < activity.duration_s - _WINDOW_S))


def _noise(frames: Samples, window: Samples, quiet: NDArray[np.bool_]) -> Spectrum:
    """Mean power per bin in the pauses, else from the quiet moments of every bin."""
    chosen = np.flatnonzero(quiet)
    enough = chosen.size >= _LEAST_PAUSE_S / _WINDOW_S * _OVERLAP
    picked = chosen if enough else np.arange(_OVERLAP, len(frames) - _OVERLAP)
    picked = picked[:: max(1, picked.size // _AT_ONCE)]
    power = np.abs(np.fft.rfft(frames[picked] * window, axis=1)) ** 2
    mean = np.mean(power, 0) if enough else np.quantile(power, _QUIET, axis=0) * _QUIET_TO_MEAN
    return np.asarray(_smooth(mean) + 1e-14, np.float32)


def _gains(power: NDArray[np.floating], noise: Spectrum, floor: float) -> Spectrum:
    """For all frames but the context at both ends: near 1 where a neighbourhood is voice."""
    above = _around(power / noise)
    return np.asarray(np.maximum(1.0 - _OVER / np.maximum(above, _OVER), floor), np.float32)


def _around(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Mean over neighbours in time, where the context goes, and in frequency."""
    count = len(values) - 2 * _CONTEXT
    in_time = sum(values[at : at + count] for at in range(2 * _CONTEXT + 1))
    padded = np.pad(np.asarray(in_time), ((0, 0), (_ACROSS // 2, _ACROSS // 2)), mode="edge")
    bins = values.shape[1]
    in_both = sum(padded[:, at : at + bins] for at in range(_ACROSS))
    return np.asarray(in_both / (_ACROSS * (2 * _CONTEXT + 1)))


def _smooth(values: NDArray[np.floating]) -> NDArray[np.floating]:
    padded = np.pad(values, _ACROSS // 2, mode="edge")
    return np.convolve(padded, np.ones(_ACROSS, np.float32) / _ACROSS, "valid")


def _overlap_add(result: Samples, blocks: NDArray[np.floating], at: int, hop: int) -> None:
    for index, block in enumerate(blocks):
        start = at + index * hop
        result[start : start + block.size] += block

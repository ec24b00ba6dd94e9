"""Fundamental frequency, frame by frame, and the moments of the single periods.

Periods are told by the normalised autocorrelation of the low band, and by dynamic programming
over its peaks (Boersma, Accurate short-term analysis of the fundamental frequency, 1993).
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.timbre.frames import HOP, RATE, Floats, frames_of, hann

_LOWEST_HZ, _HIGHEST_HZ = 60.0, 480.0
SIZE: Final = 1100
"""Samples looked at: three periods of the lowest voice."""

_FFT_SIZE: Final = 2048
_LOW_BAND_HZ: Final = 1_200.0
_CANDIDATES: Final = 6
_UNVOICED_COST: Final = 0.5
_TURN_COST: Final = 0.25
"""Of beginning or ending to be voiced."""

_JUMP_COST: Final = 1.2
"""An octave."""

_FLAT: Final = 0.02
"""An octave of preference for higher candidates: a period is the shortest that repeats."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """`hertz` of every frame, 0 where unvoiced."""

    hertz: Floats = field(repr=False)

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Frames with a pitch."""
        return self.hertz > 0

    def median_hz(self) -> float:
        """Of the voiced frames; 120 where there are none."""
        return float(np.median(self.hertz[self.voiced])) if self.voiced.any() else 120.0

    def spread(self) -> float:
        """Octaves around the median that two thirds of the voiced frames are within."""
        if not self.voiced.any():
            return 0.0
        octaves = np.log2(self.hertz[self.voiced] / self.median_hz())
        low, high = np.percentile(octaves, [17, 83])
        return float(high - low) / 2


def pitch_of(
    samples: Floats, lowest_hz: float = _LOWEST_HZ, highest_hz: float = _HIGHEST_HZ
) -> Pitch:
    """The pitch of `samples` at RATE, within a range."""
    frames = frames_of(samples, SIZE)
    lags, strength = _candidates(frames, round(RATE / highest_hz), round(RATE / lowest_hz))
    return Pitch(_tracked(lags, strength))


def pitch_of_person(samples: Floats, speech: NDArray[np.bool_]) -> Pitch:
    """The pitch of one person's speech: frames of `speech` only, within 0.9 octaves around."""
    rough = Pitch(np.where(speech, pitch_of(samples).hertz, 0)).median_hz()
    low, high = max(rough / 1.9, _LOWEST_HZ), min(rough * 1.9, _HIGHEST_HZ * 1.3)
    return Pitch(np.where(speech, pitch_of(samples, low, high).hertz, 0))


def strongest(frames: Floats) -> Floats:
    """The pitch of clean, synthetic speech: of every frame of SIZE by itself, 0 where unvoiced."""
    lags, strength = _candidates(frames, round(RATE / 320), round(RATE / 65))
    best = strength.argmax(1)
    rows = np.arange(len(best))
    clear = strength[rows, best] > 1 - _UNVOICED_COST
    return np.asarray(np.where(clear, RATE / lags[rows, best], 0), np.float32)


def _candidates(frames: Floats, first: int, last: int) -> tuple[Floats, Floats]:
    """Lags (in samples) and strengths of the best peaks of every frame, frames × candidates."""
    correlation = np.concatenate([_correlation(block) for block in _blocks(frames)])
    inside = correlation[:, first : last + 1]
    peak = (inside >= correlation[:, first - 1 : last]) & (
        inside >= correlation[:, first + 1 : last + 2]
    )
    lags = np.arange(first, last + 1, dtype=np.float32)
    score = np.where(peak, inside - np.float32(_FLAT) * np.log2(lags / first), -1)
    best = np.argpartition(score, -_CANDIDATES, axis=1)[:, -_CANDIDATES:]
    strength = np.take_along_axis(score, best, axis=1)
    return _between(correlation, best + first), strength


def _blocks(frames: Floats) -> list[Floats]:
    return [frames[start : start + 512] for start in range(0, len(frames), 512)]


def _correlation(frames: Floats) -> Floats:
    """Autocorrelation of the low band over that of the window, 1 at lag 0."""
    window = hann(SIZE)
    spectrum = np.fft.rfft((frames - frames.mean(1, keepdims=True)) * window, _FFT_SIZE)
    low = round(_LOW_BAND_HZ / RATE * _FFT_SIZE)
    power = np.zeros((len(frames), _FFT_SIZE // 2 + 1), np.float32)
    power[:, :low] = spectrum.real[:, :low] ** 2 + spectrum.imag[:, :low] ** 2
    raw = np.fft.irfft(power)[:, : SIZE // 2]
    return np.asarray(raw / (raw[:, :1] + 1e-6) * _window_correction(), np.float32)


@lru_cache(maxsize=1)
def _window_correction() -> Floats:
    """By how much the window makes correlations of long lags smaller."""
    shape = np.fft.irfft(np.abs(np.fft.rfft(hann(SIZE), _FFT_SIZE)) ** 2)[: SIZE // 2]
    return np.asarray(shape[0] / shape, np.float32)


def _between(correlation: Floats, lags: NDArray[np.int64]) -> Floats:
    """Lags of the peaks of parabolas through the neighbours."""
    before, at, after = (
        np.take_along_axis(correlation, lags + shift, axis=1) for shift in (-1, 0, 1)
    )
    curve = before - 2 * at + after
    shift = np.where(curve < 0, 0.5 * (before - after) / np.minimum(curve, -1e-9), 0)
    return np.asarray(lags + np.clip(shift, -0.5, 0.5), np.float32)


def _tracked(lags: Floats, strength: Floats) -> Floats:
    """The pitch along the cheapest way through candidates, the first being unvoiced."""
    octaves = np.log2(lags)
    local = np.concatenate(
        (np.full((len(lags), 1), _UNVOICED_COST, np.float32), 1 - strength), axis=1
    )
    total = local[0]
    origins = np.zeros((len(lags), _CANDIDATES + 1), np.int64)
    moves = np.full((_CANDIDATES + 1, _CANDIDATES + 1), _TURN_COST, np.float32)
    moves[0, 0] = 0
    for frame in range(1, len(lags)):
        moves[1:, 1:] = _JUMP_COST * np.abs(octaves[frame - 1][:, None] - octaves[frame])
        ways = total[:, None] + moves
        origins[frame] = ways.argmin(0)
        total = ways[origins[frame], np.arange(_CANDIDATES + 1)] + local[frame]
    chosen = np.zeros(len(lags), np.int64)
    at = int(total.argmin())
    for frame in range(len(lags) - 1, -1, -1):
        chosen[frame] = at
        at = int(origins[frame, at])
    picked = lags[np.arange(len(lags)), np.maximum(chosen - 1, 0)]
    return np.asarray(np.where(chosen > 0, RATE / picked, 0), np.float32)


def marks_of(samples: Floats, pitch: Pitch) -> NDArray[np.int64]:
    """One sample of each period, in order, all at the same place of their periods.

    In every voiced stretch, from its loudest frame outwards: where the waveform fits that of the
    period before best.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([0], pitch.voiced.astype(np.int8), [0]))))
    found: list[int] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        found += _marks_between(samples, pitch.hertz, start, end)
    return np.unique(np.array(found, np.int64))


def _marks_between(samples: Floats, hertz: Floats, start: int, end: int) -> list[int]:
    first, last = start * HOP - HOP // 2, end * HOP - HOP // 2
    middle = (start + end) // 2
    period = RATE / float(hertz[middle])
    low = max(0, int(middle * HOP - period / 2))
    at = low + int(np.argmax(np.abs(samples[low : low + int(period)]))) if samples.size else 0
    return [
        *reversed(list(_walk(samples, hertz, at, -1, first))),
        at,
        *_walk(samples, hertz, at, 1, last),
    ]


def _walk(samples: Floats, hertz: Floats, at: int, direction: int, limit: int) -> list[int]:
    """Marks from `at` towards `limit`."""
    found: list[int] = []
    while True:
        frame = min(max(round(at / HOP), 0), len(hertz) - 1)
        period = RATE / float(hertz[frame]) if hertz[frame] > 0 else RATE / 120
        at = _fitting_best(samples, at, direction, period)
        if at < 0 or (limit - at) * direction <= 0:
            return found
        found.append(at)


def _fitting_best(samples: Floats, at: int, direction: int, period: float) -> int:
    """The place about a period from `at` whose surroundings are most like those of `at`."""
    half, slack = int(period * 0.5), max(2, int(period * 0.15))
    centre = at + direction * round(period)
    low = centre - slack - half
    if low < 0 or centre + slack + half >= samples.size or at < half:
        return -1 if at + direction * period < half or samples.size - at < 2 * period else centre
    pattern = samples[at - half : at + half]
    if pattern.size < 2 * half:
        return centre
    match = np.correlate(samples[low : low + 2 * (slack + half)], pattern, "valid")
    return centre - slack + int(match.argmax())

"""Whether a recording is speech at all, or music, noise or nothing."""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.frames import Powers

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""At which the functions here listen."""


class Sound(StrEnum):
    """What is heard in a recording."""

    SPEECH = "speech"
    SILENCE = "silence"
    MUSIC = "music"
    NOT_SPEECH = "not_speech"


_SILENT_DB: Final = -65.0
"""Of full scale, in the loudest moments. A whisper into a far telephone reaches -50."""
_WINDOW: Final = 1_600
_HOP: Final = 400
_LATER: Final = 6
"""Hops, 150 ms: notes last that long, the pitch of a voice does not stay for it."""
_PARTIALS: Final = slice(10, 200)
"""Bins of 10 Hz: 100 to 2000 Hz."""
_ACROSS: Final = 15
_RANGE: Final = 0.01
_STEADY_PITCH: Final = 0.45
"""Measured: readers 0.05 to 0.20, chords, tunes and strings 0.71 to 0.92."""
_LEAST_MOTION_DB: Final = 2.5
"""Readers move by 8 to 12 dB and by 5 in a loud room, steady noise by less than 1."""
_LEAST_VOICED: Final = 0.12
_VOICED: Final = 0.55
_PITCH_LAGS: Final = slice(RATE // 400, RATE // 70)
_PITCH_WINDOW: Final = 640
_PITCH_HOP: Final = 320
_PITCH_BAND_HZ: Final = (200.0, 3000.0)
_AT_ONCE: Final = 1_000


def sound_of(voice: Samples, total: Powers, speech_share: float) -> Sound:
    """What a recording at 16 kHz is; `total` is the power of its frames."""
    if _loudest_db(total) < _SILENT_DB:
        return Sound.SILENCE
    if pitch_steadiness(voice) > _STEADY_PITCH:
        return Sound.MUSIC
    moves = motion_db(total) >= _LEAST_MOTION_DB
    if moves and speech_share > 0.0 and voiced_share(voice) >= _LEAST_VOICED:
        return Sound.SPEECH
    return Sound.NOT_SPEECH


def pitch_steadiness(voice: Samples) -> float:
    """How much partials stay where they are: 1 for a held chord, near 0 for speech."""
    likeness: list[NDArray[np.float64]] = []
    loudest = 0.0
    for spectrum in _partials(voice):
        power = spectrum.sum(axis=1)
        loudest = max(loudest, float(np.quantile(power, 0.9)))
        both = np.minimum(power[:-_LATER], power[_LATER:]) > _RANGE * loudest
        likeness.append(_likeness(_peaks(spectrum))[both])
    found = np.concatenate(likeness) if likeness else np.zeros(0)
    return float(np.mean(found)) if found.size else 0.0


def motion_db(total: Powers) -> float:
    """Standard deviation of the level within 30 dB below the loud parts."""
    level = 10 * np.log10(total + 1e-12)
    return float(np.std(np.maximum(level, np.quantile(level, 0.95) - 30.0)))


def voiced_share(voice: Samples) -> float:
    """Share of the loud frames in which vocal folds, or something like them, swing."""
    powers: list[NDArray[np.float64]] = []
    strengths: list[NDArray[np.float64]] = []
    for frames in _blocks(voice, _PITCH_WINDOW, _PITCH_HOP):
        power, strength = _periodicity(frames)
        powers.append(power)
        strengths.append(strength)
    if not powers:
        return 0.0
    power = np.concatenate(powers)
    loud = power > _RANGE * float(np.quantile(power, 0.95))
    return float(np.mean(np.concatenate(strengths)[loud] > _VOICED)) if np.any(loud) else 0.0


def _loudest_db(total: Powers) -> float:
    return float(10 * np.log10(np.quantile(total, 0.99) + 1e-12)) if total.size else -120.0


def _partials(voice: Samples) -> "list[NDArray[np.float64]]":
    window = np.hanning(_WINDOW).astype(np.float32)
    blocks = (np.fft.rfft(frames * window, axis=1) for frames in _blocks(voice, _WINDOW, _HOP))
    spectra = [np.abs(block[:, _PARTIALS]).astype(np.float64) ** 2 for block in blocks]
    return [spectrum for spectrum in spectra if len(spectrum) > _LATER]


def _peaks(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level above the neighbourhood, so that only narrow peaks count."""
    level = 10 * np.log10(spectrum + 1e-12)
    padded = np.pad(level, ((0, 0), (_ACROSS // 2 + 1, _ACROSS // 2)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    around = (sums[:, _ACROSS:] - sums[:, :-_ACROSS]) / _ACROSS
    return np.asarray(np.clip(level - around, -12.0, 25.0))


def _likeness(peaks: NDArray[np.float64]) -> NDArray[np.float64]:
    now, later = peaks[:-_LATER], peaks[_LATER:]
    lengths = np.linalg.norm(now, axis=1) * np.linalg.norm(later, axis=1)
    return np.asarray(np.sum(now * later, axis=1) / (lengths + 1e-9))


def _periodicity(frames: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power of frames and how well each repeats after a period of a voice."""
    size = 2 * _PITCH_WINDOW
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_PITCH_WINDOW), size, axis=1)) ** 2
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    low, high = _PITCH_BAND_HZ
    spectrum[:, (frequencies < low) | (frequencies > high)] = 0.0
    correlation = np.fft.irfft(spectrum, axis=1)
    power = correlation[:, 0]
    fade = _WINDOW_FADE[_PITCH_LAGS]
    best = np.max(correlation[:, _PITCH_LAGS] / fade, axis=1)
    return power, best / (power + 1e-12)


def _blocks(voice: Samples, size: int, hop: int) -> "list[Samples]":
    if voice.size < size:
        return []
    frames = np.lib.stride_tricks.sliding_window_view(voice, size)[::hop]
    return [frames[at : at + _AT_ONCE] for at in range(0, len(frames), _AT_ONCE)]


def _fade() -> NDArray[np.float64]:
    """What the window does to the repetition at each lag."""
    window = np.hanning(_PITCH_WINDOW)
    whole = np.correlate(window, window, "full")[_PITCH_WINDOW - 1 :]
    return np.asarray(whole / whole[0])


_WINDOW_FADE: Final = _fade()

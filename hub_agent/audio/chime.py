"""Chimes: a sound before the words."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hub_agent.audio.fade import fade_in, fade_out
from hub_agent.audio.gain import db_to_factor
from hub_agent.audio.resample import resample
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav_read import read_wav
from hub_agent.errors import NotFoundError

MAX_CHIME_S = 10.0
PEAK_DB = -12.0
"""Loudness of the built-in chimes: heard, but not louder than speech after it."""

_EDGE_MS = 5.0
_RELEASE_MS = 60.0

_Note = tuple[float, float, float]
"""Begin (s), fundamental (Hz), decay time constant (s)."""

_PARTIALS_SOFT = ((1.0, 1.0), (2.0, 0.25), (3.0, 0.06))
_PARTIALS_BELL = ((0.5, 0.3), (1.0, 1.0), (1.2, 0.4), (2.0, 0.35), (2.76, 0.2), (5.4, 0.06))

_BUILT_IN: dict[str, tuple[tuple[_Note, ...], tuple[tuple[float, float], ...], float]] = {
    "soft": (((0.0, 659.26, 0.16), (0.18, 880.0, 0.2)), _PARTIALS_SOFT, 0.8),
    "bell": (((0.0, 783.99, 0.28),), _PARTIALS_BELL, 1.0),
    "alert": (
        ((0.0, 987.77, 0.1), (0.16, 987.77, 0.1), (0.32, 1318.51, 0.16)),
        _PARTIALS_SOFT,
        0.7,
    ),
}

CHIMES = tuple(_BUILT_IN)


def chime(name_or_path: str, sample_rate: int) -> Samples:
    """The samples of a built-in chime (`CHIMES`) or of a WAV file of at most `MAX_CHIME_S`.

    Blocking on first use, remembered afterwards. The array is shared: read only. Raises
    `NotFoundError` or `InvalidAnnouncementError`.
    """
    if name_or_path in _BUILT_IN:
        return _built_in(name_or_path, sample_rate)
    try:
        path = Path(name_or_path).expanduser()
        changed_ns = path.stat().st_mtime_ns
    except (OSError, ValueError, RuntimeError) as error:  # the last: no such user's home
        raise NotFoundError(
            "there is no such chime",
            hint=f"use one of {', '.join(CHIMES)}, or the path of a WAV file",
        ) from error
    return _from_file(path, sample_rate, changed_ns)


@lru_cache(maxsize=16)
def _built_in(name: str, sample_rate: int) -> Samples:
    notes, partials, length_s = _BUILT_IN[name]
    time_s = np.arange(round(length_s * sample_rate)) / sample_rate
    audible = tuple(p for p in partials if p[0] * notes[-1][1] < 0.45 * sample_rate)
    tone = sum(
        (_note(time_s - begin, pitch, decay, audible) for begin, pitch, decay in notes),
        start=np.zeros(time_s.size),
    )
    scaled = (tone / np.abs(tone).max() * db_to_factor(PEAK_DB)).astype(np.float32)
    return _read_only(fade_out(scaled, sample_rate, _RELEASE_MS))


def _note(
    time_s: NDArray[np.float64],
    pitch: float,
    decay_s: float,
    partials: tuple[tuple[float, float], ...],
) -> NDArray[np.float64]:
    """A struck tone: a quick rise, then every partial dies away, high ones first."""
    sounding = np.maximum(time_s, 0.0)
    rise = np.clip(time_s / (_EDGE_MS / 1000), 0.0, 1.0)
    tone = np.zeros(time_s.size)
    for ratio, level in partials:
        decay = np.exp(-sounding / (decay_s / max(ratio, 1.0) ** 0.5))
        tone += level * decay * np.sin(2 * np.pi * pitch * ratio * sounding)
    return tone * (0.5 - 0.5 * np.cos(np.pi * rise))


@lru_cache(maxsize=16)
def _from_file(path: Path, sample_rate: int, _changed_ns: int) -> Samples:
    samples, file_rate = read_wav(path, max_s=MAX_CHIME_S)
    converted = resample(samples, file_rate, sample_rate)
    soft_edges = fade_out(fade_in(converted, sample_rate, _EDGE_MS), sample_rate, _EDGE_MS)
    return _read_only(np.clip(soft_edges, -1.0, 1.0))


def _read_only(samples: Samples) -> Samples:
    samples.setflags(write=False)
    return samples

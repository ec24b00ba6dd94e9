"""Where somebody speaks.

A frame counts when WebRTC's detector hears speech and its level is above what the recording
has in its quiet moments. The only module that imports webrtcvad.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.decode import resampled

Samples = NDArray[np.float32]

_RATE: Final = 16_000
_FRAME: Final = 320
_FRAME_S: Final = _FRAME / _RATE
_MODE: Final = 2
"""Of 0 to 3, how much the detector leaves out."""
_LEVEL: Final = 0.05
"""RMS at which the detector listens; its thresholds are absolute."""
_MOST_GAIN: Final = 300.0
_RANGE_DB: Final = 38.0
"""Below the loud parts; quieter frames are breath and room."""
_ABOVE_FLOOR_DB: Final = 4.0
_SMOOTH: Final = 5
_SHORTEST_SPEECH_S: Final = 0.1
_SHORTEST_GAP_S: Final = 0.2
"""Shorter gaps belong to words: the closure before a plosive."""
_SILENT: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Span:
    """From one second to another."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Activity:
    """Spans of speech in a recording, in order and apart."""

    spans: tuple[Span, ...]
    duration_s: float

    @property
    def speech_s(self) -> float:
        """Seconds of speech in total."""
        return sum(span.duration_s for span in self.spans)

    @property
    def pauses(self) -> tuple[Span, ...]:
        """What lies between, before and after the spans."""
        starts = (0.0, *(span.end_s for span in self.spans))
        ends = (*(span.start_s for span in self.spans), self.duration_s)
        return tuple(Span(a, b) for a, b in zip(starts, ends, strict=True) if b > a)


def find_speech(samples: Samples, sample_rate: int) -> Activity:
    """Where in the recording somebody speaks."""
    duration_s = samples.size / sample_rate
    voice = resampled(samples, sample_rate, _RATE)
    frames = voice[: voice.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not frames.size or float(np.max(np.abs(frames))) < _SILENT:
        return Activity((), duration_s)
    speaks = _heard(frames) & _loud_enough(frames)
    return Activity(tuple(_spans(speaks, duration_s)), duration_s)


def speech_part(activity: Activity, margin_s: float = 0.2) -> Span:
    """The recording without the silence at both ends; empty when nobody speaks."""
    if not activity.spans:
        return Span(0.0, 0.0)
    start = max(0.0, activity.spans[0].start_s - margin_s)
    return Span(start, min(activity.duration_s, activity.spans[-1].end_s + margin_s))


def phrases(
    activity: Activity, longest_s: float = 15.0, shortest_pause_s: float = 0.3
) -> tuple[Span, ...]:
    """The recording split at its pauses; none is longer than `longest_s`.

    Speech without a pause for that long is cut in equal parts.
    """
    found: list[Span] = []
    for span in activity.spans:
        last = found[-1] if found else None
        near = last is not None and span.start_s - last.end_s < shortest_pause_s
        if last is not None and near and span.end_s - last.start_s <= longest_s:
            found[-1] = Span(last.start_s, span.end_s)
        else:
            found += _parts(span, longest_s)
    return tuple(found)


def cut(samples: Samples, sample_rate: int, span: Span) -> Samples:
    """The samples of a span, a view."""
    return samples[round(span.start_s * sample_rate) : round(span.end_s * sample_rate)]


def speech_mask(activity: Activity, times_s: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of the times, rising, lie in speech."""
    mask = np.zeros(times_s.size, np.bool_)
    for span in activity.spans:
        first, end = np.searchsorted(times_s, (span.start_s, span.end_s))
        mask[first:end] = True
    return mask


def _heard(frames: Samples) -> NDArray[np.bool_]:
    import webrtcvad

    level = float(np.sqrt(np.mean(frames.astype(np.float64) ** 2)))
    gain = min(_LEVEL / max(level, _SILENT), _MOST_GAIN)
    pcm = (np.clip(frames * gain, -1.0, 1.0) * 32767).astype("<i2")
    detector = webrtcvad.Vad(_MODE)
    return np.array([detector.is_speech(frame.tobytes(), _RATE) for frame in pcm], np.bool_)


def _loud_enough(frames: Samples) -> NDArray[np.bool_]:
    power = np.mean(frames.astype(np.float64) ** 2, axis=1) + 1e-12
    level_db = 10 * np.log10(np.convolve(power, np.ones(_SMOOTH) / _SMOOTH, "same"))
    loud_db, quiet_db = np.quantile(level_db, (0.95, 0.05))
    floor_db = min(quiet_db + _ABOVE_FLOOR_DB, loud_db - _ABOVE_FLOOR_DB)
    return np.asarray(level_db > max(floor_db, loud_db - _RANGE_DB))


def _spans(speaks: NDArray[np.bool_], duration_s: float) -> Iterator[Span]:
    closed = ~_without_short(~speaks, round(_SHORTEST_GAP_S / _FRAME_S))
    kept = _without_short(closed, round(_SHORTEST_SPEECH_S / _FRAME_S))
    for first, end in runs(kept):
        yield Span(first * _FRAME_S, min(end * _FRAME_S, duration_s))


def _without_short(mask: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    cleared = mask.copy()
    for first, end in runs(mask):
        if end - first < shortest:
            cleared[first:end] = False
    return cleared


def runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and one past the last index of every stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _parts(span: Span, longest_s: float) -> list[Span]:
    count = max(1, int(np.ceil(span.duration_s / longest_s - 1e-9)))
    marks = np.linspace(span.start_s, span.end_s, count + 1).tolist()
    return [Span(a, b) for a, b in pairwise(marks)]

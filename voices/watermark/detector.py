"""Looks for the household's mark in a recording of any length and condition."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.correlator import MOST_KEYS, NUM_OFFSETS, Heard, KeyPattern, best_fit
from voices.watermark.evidence import Evidence, Pieces, codes_of
from voices.watermark.features import (
    Matrix,
    Stretch,
    at_analysis_rate,
    power_spectra,
    ripple,
)
from voices.watermark.grid import CHIP_S
from voices.watermark.keys import EpochKey
from voices.watermark.payload import Payload32
from voices.watermark.spans import Issued, Span, Tracked, spans_of
from voices.watermark.stretches import UNCHANGED, Trial, around, coarse, drifting, log_share
from voices.watermark.tails import log_tail, probability
from voices.watermark.tracker import Track, clearest_track

LEVEL: Final = 1e-6
"""False alarms per recording, over all keys that are tried."""
WINDOW_S: Final = 20.0
STEP_S: Final = 10.0
SEARCH_S: Final = 6.0
_MOST_SEARCHES: Final = 3
"""Searching other speeds takes seconds for each part: only the loudest are searched."""
_MOST_REFINED: Final = 4
_DENSE: Final = 2.0
"""Frames every 4 ms, made once: each tempo takes those nearest to its own."""
_SLOPE_CHIPS: Final = 60
_LEAST_SLOPED: Final = 30
_ALWAYS_TRACKED: Final = 3
"""Windows; in longer recordings only those that look marked are tracked."""
_SUSPICIOUS_LOG_P: Final = math.log(1e-2)
_CERTAIN_LOG_P: Final = math.log(1e-9)
_CLEAR_LOG_P: Final = math.log(1e-24)
"""The tracker need not be asked whether there is a mark, only where."""
_SHORTEST_S: Final = 0.2
_SURELY_PRESENT: Final = 0.9

Progress = Callable[[float], None]
"""Told the finished share of the work, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What a recording says of the mark.

    `p_value` bounds the probability that an unmarked recording looks as marked as this one; it
    holds for any audio, since it rests on the keys being random. `payload` may be None where the
    mark is certain but its bits are not. `stretch` is how the recording was changed.
    """

    detected: bool
    p_value: float
    payload: Payload32 | None = field(repr=False)
    epoch: int | None
    spans: tuple[Span, ...]
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class _Finding:
    evidence: Evidence
    trial: Trial

    @property
    def log_p(self) -> float:
        """Corrected for the stretches tried, for neither keys nor windows."""
        return self.evidence.log_p - log_share(self.trial)


def detect(
    samples: NDArray[np.float32],
    sample_rate: int,
    keys: Sequence[EpochKey],
    *,
    candidates: Issued | None = None,
    level: float = LEVEL,
    other_speeds: bool = True,
    progress: Progress | None = None,
) -> Detection:
    """Look for the mark of any of `keys` in mono `samples`, at any rate and of any length.

    `candidates` are the payloads that were issued: with them a recording is named from 3 s on,
    without them from 6 s. Without `other_speeds` it is quick, and audio that was sped up, slowed
    down or pitched is recognised by chance only. Memory stays bounded however long `samples` is
    and however many keys there are; behind a find, further keys are tried at this speed only.
    """
    if not keys or samples.size < _SHORTEST_S * sample_rate:
        return _nothing(1.0)
    starts = range(0, len(keys), MOST_KEYS)
    found: list[Detection] = []
    for number, start in enumerate(starts):
        search = _Search(
            np.ravel(samples),
            sample_rate,
            keys[start : start + MOST_KEYS],
            candidates or {},
            _share(progress, number, len(starts)),
        )
        searched = other_speeds and not any(each.detected for each in found)
        found.append(search.run(level / len(starts), searched))
    return _together(found)


def _share(progress: Progress | None, number: int, count: int) -> Progress:
    """Progress of one of `count` equal parts of the work."""
    if progress is None:
        return lambda _share: None
    return lambda share: progress((number + share) / count)


def _together(found: Sequence[Detection]) -> Detection:
    """What was found with several batches of keys, as one."""
    best = min(found, key=lambda each: each.p_value)
    spans = sorted((span for each in found for span in each.spans), key=lambda span: span.start_s)
    return replace(best, p_value=min(1.0, len(found) * best.p_value), spans=tuple(spans))


class _Search:
    def __init__(
        self,
        samples: NDArray[np.float32],
        sample_rate: int,
        keys: Sequence[EpochKey],
        candidates: Issued,
        progress: Progress,
    ) -> None:
        self._samples = samples
        self._sample_rate = sample_rate
        self._patterns = [KeyPattern.of(key) for key in keys]
        self._candidates = {epoch: tuple(issued) for epoch, issued in candidates.items()}
        self._codes = {
            pattern.key: codes_of(pattern, self._candidates.get(pattern.key.epoch, ()))
            for pattern in self._patterns
        }
        self._progress = progress
        self._starts_s = list(_starts_s(samples.size / sample_rate))
        self._best: list[_Finding] = []
        self._last: tuple[int, _Finding, Matrix, Track] | None = None

    def run(self, level: float, other_speeds: bool) -> Detection:
        self._best = [self._at_first_sight(index) for index in range(len(self._starts_s))]
        if other_speeds and self._log_p() > _CERTAIN_LOG_P:
            for trial, pattern in self._other_stretches():
                self._look_again(trial, pattern)
        p_value = probability(self._log_p())
        if p_value > level:
            self._progress(1.0)
            return _nothing(p_value)
        self._correct_tempo()
        detection = self._report(probability(self._log_p()))
        self._progress(1.0)
        return detection

    def _correct_tempo(self) -> None:
        """The tracker follows another tempo by slipping: then that is what it was changed by."""
        best = self._clearest()
        if best.trial != UNCHANGED or best.evidence.fixed_offset is not None:
            return
        index = self._best.index(best)
        _frames, track = self._followed(index, best)
        for trial in drifting(_tempo_of(track)):
            self._look_again(trial, best.evidence.pattern)

    def _clearest(self) -> _Finding:
        return min(self._best, key=lambda finding: finding.log_p)

    def _log_p(self) -> float:
        """Over all windows and keys."""
        tried = math.log(len(self._starts_s) * len(self._patterns))
        return self._clearest().log_p + tried

    def _at_first_sight(self, index: int) -> _Finding:
        finding = self._evidence(index, UNCHANGED, self._patterns)
        self._progress(0.6 * (index + 1) / len(self._starts_s))
        return finding

    def _look_again(self, trial: Trial, pattern: KeyPattern) -> None:
        """All windows once more, now as if changed in this way."""
        for index, known in enumerate(self._best):
            finding = self._evidence(index, trial, [pattern])
            if finding.log_p < known.log_p:
                self._best[index] = finding

    def _evidence(self, index: int, trial: Trial, patterns: Sequence[KeyPattern]) -> _Finding:
        """The best of all ways of looking at a window."""
        pieces = Pieces(self._frames(index, trial.stretch))
        found = [pieces.straight(pattern) for pattern in patterns]
        for pattern in patterns:
            codes = self._codes[pattern.key]
            if codes is not None:
                found.append(pieces.listed(pattern, codes))
        best = min(found, key=lambda each: each.log_p)
        few = len(self._starts_s) <= _ALWAYS_TRACKED
        if best.log_p > _CLEAR_LOG_P and (few or best.log_p < _SUSPICIOUS_LOG_P):
            best = min(best, pieces.tracked(best.pattern), key=lambda each: each.log_p)
        return _Finding(best, trial)

    def _other_stretches(self) -> list[tuple[Trial, KeyPattern]]:
        """The likeliest change of speed, tempo or pitch, if any of the searched parts has one."""
        best: tuple[float, Trial, KeyPattern] | None = None
        loudest = self._loudest()
        for number, part in enumerate(loudest):
            for found in self._search(part):
                if best is None or found[0] < best[0]:
                    best = found
            self._progress(0.6 + 0.3 * (number + 1) / len(loudest))
            if best is not None and best[0] < _CERTAIN_LOG_P:
                break
        return [] if best is None else [best[1:]]

    def _search(self, part: Matrix) -> list[tuple[float, Trial, KeyPattern]]:
        """The coarse grid, then finely around the best of it; uncorrected logarithms of p."""
        rough = self._try(part, coarse())
        fine: list[tuple[float, Trial, KeyPattern]] = []
        for _log_p, trial, pattern in sorted(rough, key=lambda each: each[0])[:_MOST_REFINED]:
            fine += self._try(part, around(trial), [pattern])
        return fine

    def _try(
        self,
        part: Matrix,
        trials: Iterable[Trial],
        patterns: Sequence[KeyPattern] | None = None,
    ) -> list[tuple[float, Trial, KeyPattern]]:
        found: list[tuple[float, Trial, KeyPattern]] = []
        dense = power_spectra(part, _DENSE)
        for tempo, alike in groupby(trials, key=lambda trial: trial.stretch.tempo):
            rows = np.arange(0, len(dense) - 1, _DENSE / tempo)
            spectra = dense[np.round(rows).astype(np.intp)]
            for trial in alike:
                heard = Heard.of(ripple(spectra, trial.stretch.pitch))
                found += [
                    (log_tail(best_fit(heard, pattern).z), trial, pattern)
                    for pattern in patterns or self._patterns
                ]
        return found

    def _loudest(self) -> list[Matrix]:
        """The parts of the recording to search, the loudest first."""
        size = round(SEARCH_S * self._sample_rate)
        starts = range(0, max(1, self._samples.size - size // 2), size)
        parts = [self._samples[start : start + size] for start in starts]
        power = [float(np.mean(np.nan_to_num(part[::7]) ** 2)) for part in parts]
        order = sorted(range(len(parts)), key=lambda index: -power[index])[:_MOST_SEARCHES]
        return [at_analysis_rate(parts[index], self._sample_rate) for index in order]

    def _frames(self, index: int, stretch: Stretch) -> Matrix:
        first = round(self._starts_s[index] * self._sample_rate)
        last = first + round(WINDOW_S * self._sample_rate)
        part = at_analysis_rate(self._samples[first:last], self._sample_rate)
        return ripple(power_spectra(part, stretch.tempo), stretch.pitch)

    def _report(self, p_value: float) -> Detection:
        best = self._clearest()
        spans, payload = spans_of(self._tracked(best), self._candidates)
        epoch = best.evidence.pattern.key.epoch
        return Detection(True, p_value, payload, epoch, tuple(spans), best.trial.stretch)

    def _tracked(self, best: _Finding) -> Iterator[Tracked]:
        """Follow the mark through every window that may hold it."""
        few = len(self._best) <= _ALWAYS_TRACKED
        for index, own in enumerate(self._best):
            clear = own.log_p < _SUSPICIOUS_LOG_P
            if not clear and not few:
                continue
            finding = own if clear else best
            stretch = finding.trial.stretch
            frames, track = self._followed(index, finding)
            first_s, last_s = self._own_part_s(index)
            chips = [
                min(len(track.presence), max(0, round(each * stretch.tempo / CHIP_S)))
                for each in (first_s, last_s)
            ]
            start_s = self._starts_s[index]
            pattern = finding.evidence.pattern
            yield Tracked(start_s, stretch, pattern, frames, track, chips[0], chips[1])

    def _followed(self, index: int, finding: _Finding) -> tuple[Matrix, Track]:
        """The ripple of a window and its track; the last one is remembered."""
        if self._last is None or self._last[:2] != (index, finding):
            frames = self._frames(index, finding.trial.stretch)
            self._last = index, finding, frames, _follow(frames, finding.evidence)
        return self._last[2:]

    def _own_part_s(self, index: int) -> tuple[float, float]:
        """Windows overlap: the part of a window that no other looks at from further inside."""
        margin = (WINDOW_S - STEP_S) / 2
        first = 0.0 if index == 0 else margin
        last = WINDOW_S if index == len(self._starts_s) - 1 else WINDOW_S - margin
        return first, last


def _follow(frames: Matrix, evidence: Evidence) -> Track:
    """Where the mark is; where only all of the audio together shows it, all of it."""
    track = clearest_track(frames, evidence.pattern)
    if evidence.fixed_offset is None or track.presence.max() >= _SURELY_PRESENT:
        return track
    count = max(1, len(frames) // 2)
    ones = np.ones(count, np.float32)
    return Track(-evidence.log_p, ones, np.full(count, evidence.fixed_offset), ones)


def _tempo_of(track: Track) -> float:
    """How much faster than the pattern's own the tracked offsets run, cuts left aside."""
    rises = track.offsets[_SLOPE_CHIPS:] - track.offsets[:-_SLOPE_CHIPS]
    present = np.minimum(track.presence[_SLOPE_CHIPS:], track.presence[:-_SLOPE_CHIPS]) > 0.9
    if np.count_nonzero(present) < _LEAST_SLOPED:
        return 1.0
    rises = (rises[present] + NUM_OFFSETS // 2) % NUM_OFFSETS - NUM_OFFSETS // 2
    return 1 + float(np.mean(rises[np.abs(rises - np.median(rises)) < _SLOPE_CHIPS / 5])) / (
        2 * _SLOPE_CHIPS
    )


def _starts_s(duration_s: float) -> Iterator[float]:
    """The starts of overlapping windows; one window where the recording fits into it."""
    count = max(1, math.ceil((duration_s - WINDOW_S) / STEP_S) + 1)
    yield from (STEP_S * index for index in range(count))


def _nothing(p_value: float) -> Detection:
    return Detection(False, p_value, None, None, (), Stretch())

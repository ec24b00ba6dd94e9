"""Which parts of a recording are marked, and what each of them says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.alignment import soft_bits
from voices.watermark.correlator import NUM_OFFSETS, KeyPattern
from voices.watermark.decoder import SoftBits, decode, identify
from voices.watermark.features import Matrix, Stretch
from voices.watermark.grid import CHIP_S
from voices.watermark.payload import Payload32
from voices.watermark.tracker import Track

Issued = Mapping[int, Sequence[Payload32]]
"""The payloads that were issued in each epoch, from the ledger."""

_PRESENT: Final = 0.5
_LARGEST_GAP_S: Final = 0.4
"""A pause within an utterance carries little of the mark."""
_SHORTEST_S: Final = 0.4
_SAME_UTTERANCE_FRAMES: Final = 150
"""Larger jumps of the offset are another utterance: these have random starts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A marked part, in seconds of the recording; `confidence` in [0, 1] is that it is marked."""

    start_s: float
    end_s: float
    confidence: float
    payload: Payload32 | None = field(repr=False)
    epoch: int


@dataclass(frozen=True, slots=True)
class Tracked:
    """A window of the recording with its track; only chips from `first` to `last` count."""

    start_s: float
    stretch: Stretch
    pattern: KeyPattern = field(repr=False)
    frames: Matrix = field(repr=False)
    track: Track = field(repr=False)
    first: int
    last: int

    @property
    def chip_s(self) -> float:
        """The seconds of the recording that a chip lasts."""
        return CHIP_S / self.stretch.tempo

    def second(self, chip: int) -> float:
        """When a chip of it begins."""
        return self.start_s + chip * self.chip_s


@dataclass(frozen=True, slots=True)
class _Run:
    """Marked chips of one utterance in one window."""

    window: Tracked
    first: int
    last: int

    @property
    def start_s(self) -> float:
        return self.window.second(self.first)

    @property
    def end_s(self) -> float:
        return self.window.second(self.last)

    @property
    def presence(self) -> float:
        return float(self.window.track.presence[self.first : self.last].mean())

    def soft(self) -> SoftBits:
        track = self.window.track
        trust = np.zeros_like(track.presence)
        chosen = slice(self.first, self.last)
        trust[chosen] = track.presence[chosen] * track.certainty[chosen]
        return soft_bits(self.window.frames, self.window.pattern, track.offsets, trust)


def spans_of(windows: Iterable[Tracked], candidates: Issued) -> tuple[list[Span], Payload32 | None]:
    """The marked parts in order, and the payload that most of the marked time carries."""
    joined = _joined(run for each in windows for run in _runs(each))
    groups = [group for group in joined if group[-1].end_s - group[0].start_s >= _SHORTEST_S]
    spans = [_span(group, candidates) for group in groups]
    lengths: dict[Payload32, float] = {}
    for span in spans:
        if span.payload is not None:
            lengths[span.payload] = lengths.get(span.payload, 0) + span.end_s - span.start_s
    if lengths:
        return spans, max(lengths, key=lambda payload: lengths[payload])
    return spans, _payload([run for group in groups for run in group], candidates)


def _runs(window: Tracked) -> Iterator[_Run]:
    """Where the mark is present; also cut where the offset jumps to another utterance."""
    present = window.track.presence[window.first : window.last] >= _PRESENT
    edges = np.flatnonzero(np.diff(present.astype(np.int8), prepend=0, append=0)) + window.first
    for first, last in edges.reshape(-1, 2).tolist():
        jumps = _jumps(window.track.offsets[first:last])
        cuts = [first, *(jumps + first + 1).tolist(), last]
        yield from (_Run(window, *cut) for cut in pairwise(cuts))


def _jumps(offsets: NDArray[np.intp]) -> NDArray[np.intp]:
    apart = _apart(offsets[1:], offsets[:-1])
    return np.asarray(np.flatnonzero(apart > _SAME_UTTERANCE_FRAMES), np.intp)


def _apart(one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """The distance of offsets around the period."""
    ahead = (one - other) % NUM_OFFSETS
    return np.asarray(np.minimum(ahead, NUM_OFFSETS - ahead), np.intp)


def _joined(runs: Iterable[_Run]) -> Iterator[list[_Run]]:
    """Runs of the same utterance, with at most a short gap between two."""
    group: list[_Run] = []
    for run in runs:
        if group and not _continues(group[-1], run):
            yield group
            group = []
        group.append(run)
    if group:
        yield group


def _continues(run: _Run, following: _Run) -> bool:
    """Whether the next run is the same utterance; windows count offsets from their own start."""
    if run.window.pattern is not following.window.pattern:
        return False
    if following.start_s - run.end_s > _LARGEST_GAP_S:
        return False
    if run.window.stretch != following.window.stretch:
        return True
    ends = _place(run, run.last - 1), _place(following, following.first)
    return int(_apart(*ends)[0]) <= _SAME_UTTERANCE_FRAMES


def _place(run: _Run, chip: int) -> NDArray[np.intp]:
    """The offset, counted from the start of the recording."""
    started = round(run.window.start_s / run.window.chip_s * 2)
    return np.array([run.window.track.offsets[chip] - started], np.intp)


def _span(group: list[_Run], candidates: Issued) -> Span:
    sizes = [run.last - run.first for run in group]
    confidence = float(np.average([run.presence for run in group], weights=sizes))
    payload = _payload(group, candidates)
    epoch = group[0].window.pattern.key.epoch
    return Span(group[0].start_s, group[-1].end_s, confidence, payload, epoch)


def _payload(group: list[_Run], candidates: Issued) -> Payload32 | None:
    """Blindly, which is right or nothing; else by the list of what was issued."""
    if not group:
        return None
    key = group[0].window.pattern.key
    alike = [run.soft() for run in group if run.window.pattern.key == key]
    soft = alike[0]
    for each in alike[1:]:
        soft = soft + each
    return decode(soft, key) or identify(soft, key, candidates.get(key.epoch, ()))

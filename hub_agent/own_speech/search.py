"""Searching one file, of any length, for what this hub said."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from hub_agent.own_speech.known_marks import KnownMarks, Speech
from hub_agent.own_speech.outline import Outline
from hub_agent.own_speech.pieces import Piece, pieces_of
from voices.enrolment.decode import Audio, Limits, decode_blocks
from voices.enrolment.progress import Progress, part, silent
from voices.watermark.detector import LEVEL, Detection, detect
from voices.watermark.features import ANALYSIS_RATE, Stretch

LIMITS: Final = Limits(max_bytes=1 << 40, max_s=7 * 86_400.0)
"""Pieces are forgotten when they are searched, so only time is at stake."""
_LARGEST_SEAM_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked part of a file, in seconds; `confidence` in [0, 1] is that it is marked."""

    start_s: float
    end_s: float
    confidence: float
    speech: Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a file says. `p_value` bounds the chance that an unmarked file looks as marked."""

    p_value: float
    level: float
    marks: tuple[Mark, ...]
    stretch: Stretch
    duration_s: float
    outline: Outline = field(repr=False)
    decoy_p: float | None = None
    """The same chance by the rank among keys nobody has, where that was asked for."""

    @property
    def detected(self) -> bool:
        """Whether the file is taken for marked."""
        return self.p_value <= self.level

    @property
    def main(self) -> Mark | None:
        """The longest marked part, one whose bits are known before any other."""
        known = [mark for mark in self.marks if mark.speech.payload is not None]
        return max(known or self.marks, key=lambda mark: mark.end_s - mark.start_s, default=None)


def search(
    path: Path,
    known: KnownMarks,
    *,
    level: float = LEVEL,
    other_speeds: bool = True,
    progress: Progress = silent,
) -> Finding:
    """Look for `known` marks; memory stays bounded. Raises `EnrolmentRefusedError`."""
    reading = Reading()
    outline = Outline()
    blocks = blocks_of(path, reading)
    p_value, stretch, marks, duration_s = 1.0, Stretch(), list[Mark](), 0.0
    for index, piece in enumerate(pieces_of(outline.watching(blocks))):
        share = share_of(index)
        found = detect(
            piece.samples,
            piece.sample_rate,
            known.keys,
            candidates=known.candidates,
            level=level * share,
            other_speeds=other_speeds,
            progress=part(progress, *reading.since_last()),
        )
        if found.p_value / share < p_value:
            p_value, stretch = found.p_value / share, found.stretch
        marks += _marks(found, piece, known)
        duration_s = piece.own_end_s
    progress(1.0)
    return Finding(
        p_value=p_value,
        level=level,
        marks=tuple(_joined(marks)),
        stretch=stretch,
        duration_s=duration_s,
        outline=outline,
    )


def blocks_of(path: Path, reading: "Reading") -> Iterator[Audio]:
    """What is heard in a file, or in what a link leads to. Raises `EnrolmentRefusedError`."""
    target = Path(os.path.realpath(path))
    return decode_blocks(target, highest_rate=ANALYSIS_RATE, limits=LIMITS, progress=reading.tell)


def share_of(index: int) -> float:
    """Of all false alarms of a file, what a piece may cause: a half, a sixth, … together one."""
    return 1 / ((index + 1) * (index + 2))


class Reading:
    """How much of the file was read before this piece, and with it."""

    def __init__(self) -> None:
        self._before = self._now = 0.0

    def tell(self, share: float) -> None:
        """Take note of how much is read."""
        self._now = share

    def since_last(self) -> tuple[float, float]:
        """What this piece takes the whole from and to."""
        before, self._before = self._before, self._now
        return before, self._now


def _marks(found: Detection, piece: Piece, known: KnownMarks) -> Iterator[Mark]:
    """In seconds of the file, and only in the piece's own part."""
    for span in found.spans:
        start_s = max(piece.start_s + span.start_s, piece.own_start_s)
        end_s = min(piece.start_s + span.end_s, piece.own_end_s)
        if start_s < end_s:
            yield Mark(start_s, end_s, span.confidence, known.speech(span.epoch, span.payload))


def _joined(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Parts of one announcement as one, where only a seam lies between."""
    last: Mark | None = None
    for mark in marks:
        if last is not None and _continues(last, mark):
            last = replace(last, end_s=mark.end_s, confidence=min(last.confidence, mark.confidence))
            continue
        if last is not None:
            yield last
        last = mark
    if last is not None:
        yield last


def _continues(mark: Mark, following: Mark) -> bool:
    alike = mark.speech.payload is not None and mark.speech == following.speech
    return alike and following.start_s - mark.end_s <= _LARGEST_SEAM_S

"""Our mark and the peer's on the same clips, through the same attacks, cut at the same places."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Attack, Samples
from tests.bench.watermark_material import KEY, mark_of, marked
from tests.bench.watermark_peer_process import Peer
from tests.bench.watermark_quality import pesq_wb
from tests.bench.watermark_survival import LEVELS, attacked
from voices.watermark.detector import detect
from voices.watermark.embedder import Strength

LENGTHS_S: Final = (10, 3, 1)
PEER_FINDS_FROM: Final = 0.5
"""The peer's own threshold: it rounds its confidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attacked piece of one clip, heard by both, each listening for its own mark."""

    attack: str
    length_s: float
    p_value: float
    read: bool
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One attack at one length, as shares of all clips."""

    attack: str
    length_s: float
    found_1e4: float
    found_1e6: float
    named_blindly: float
    peer_found: float
    peer_confidence: float
    clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one marker does to speech and how fast it is; PESQ is empty where not installed."""

    pesq: list[float]
    mark_rtf: float
    detect_rtf: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmarked:
    """How many pieces without any mark look marked, to us and to the peer."""

    length_s: float
    pieces: int
    alarms_1e4: int
    alarms_1e6: int
    peer_alarms: int


def trials(
    index: int, plain: Samples, attacks: Sequence[Attack], strength: Strength, peer: Peer
) -> Iterator[list[Trial]]:
    """Clip `index` through every attack, at all lengths."""
    mark = mark_of(index)
    ours, (theirs, _cpu_s) = marked(plain, mark, strength), peer.marked(plain)
    for attack in attacks:
        pieces = attacked(attack, ours, index, LENGTHS_S)
        peer_pieces = attacked(attack, theirs, index, LENGTHS_S)
        found = {
            length_s: detect(piece, RATE, [KEY], other_speeds=attack.stretched)
            for length_s, piece in pieces.items()
        }
        yield [
            Trial(
                attack=attack.name,
                length_s=length_s,
                p_value=found[length_s].p_value,
                read=found[length_s].payload == mark.payload,
                confidence=peer.confidence(peer_pieces[length_s])[0],
            )
            for length_s in LENGTHS_S
        ]


def compared(heard: Iterable[Trial]) -> Iterator[Compared]:
    """All clips together, in the order of the attacks."""
    rows: dict[tuple[str, float], list[Trial]] = {}
    for trial in heard:
        rows.setdefault((trial.attack, trial.length_s), []).append(trial)
    for (attack, length_s), row in rows.items():
        ps = np.array([trial.p_value for trial in row])
        confidences = np.array([trial.confidence for trial in row])
        yield Compared(
            attack=attack,
            length_s=length_s,
            found_1e4=float(np.mean(ps <= LEVELS[0])),
            found_1e6=float(np.mean(ps <= LEVELS[1])),
            named_blindly=float(np.mean([trial.read for trial in row])),
            peer_found=float(np.mean(confidences >= PEER_FINDS_FROM)),
            peer_confidence=float(np.mean(confidences)),
            clips=len(row),
        )


def costs(clips: Sequence[Samples], strength: Strength, peer: Peer) -> tuple[Cost, Cost]:
    """Ours and the peer's, clip by clip in turn; times are the processor's, one thread each."""
    ours, theirs = [], []
    for index, plain in enumerate(clips):
        started = process_time()
        mine = marked(plain, mark_of(index), strength)
        between = process_time()
        detect(mine, RATE, [KEY], other_speeds=False)
        ours.append((mine, between - started, process_time() - between))
        other, mark_s = peer.marked(plain)
        theirs.append((other, mark_s, peer.confidence(other)[1]))
    return _cost(clips, ours), _cost(clips, theirs)


def unmarked(clips: Sequence[Samples], length_s: float, peer: Peer) -> Unmarked:
    """All pieces of this length, side by side, as they are."""
    size = round(length_s * RATE)
    pieces = [
        clip[start : start + size]
        for clip in clips
        for start in range(0, clip.size - size + 1, size)
    ]
    ps = np.array([detect(piece, RATE, [KEY], other_speeds=False).p_value for piece in pieces])
    return Unmarked(
        length_s=length_s,
        pieces=len(pieces),
        alarms_1e4=int(np.sum(ps <= LEVELS[0])),
        alarms_1e6=int(np.sum(ps <= LEVELS[1])),
        peer_alarms=sum(peer.confidence(piece)[0] >= PEER_FINDS_FROM for piece in pieces),
    )


def _cost(plains: Sequence[Samples], done: Sequence[tuple[Samples, float, float]]) -> Cost:
    pairs = [
        (plain[: after.size], after[: plain.size])
        for plain, (after, _mark_s, _detect_s) in zip(plains, done, strict=True)
    ]
    seconds = sum(plain.size for plain in plains) / RATE
    return Cost(
        pesq=pesq_wb(pairs),
        mark_rtf=sum(mark_s for _after, mark_s, _detect_s in done) / seconds,
        detect_rtf=sum(detect_s for _after, _mark_s, detect_s in done) / seconds,
    )

"""Cutting a long recording at its pauses, and its text with it."""

import itertools
from typing import Final

import numpy as np

from hub_agent.engines.espeak import ESpeak
from hub_agent.timbre.alignment import Alignment, align
from hub_agent.timbre.frames import HOP, RATE
from voices.recording import Recording

SHORTEST_PAUSE_S: Final = 0.2
_MARGIN_S: Final = 0.15
_HOPS_PER_S: Final = RATE / HOP


def split_phrases(
    recording: Recording, espeak: ESpeak, *, shortest_s: float = 1.5
) -> list[Recording]:
    """The recording cut where the person paused, each piece with its own part of the text.

    Pieces are at least `shortest_s` long and have 0.15 s of the pauses around them. Text that
    was not heard may be missing. Raises `EngineError`.
    """
    aligned = align(recording, espeak)
    cuts = _cuts(aligned, round(shortest_s * _HOPS_PER_S))
    pieces = itertools.pairwise(cuts)
    return [_piece(recording, aligned, start, end) for start, end in pieces]


def pauses(aligned: Alignment) -> list[tuple[int, int]]:
    """First frame and end of every pause between words that is quiet and long enough."""
    quiet = np.concatenate(([False], ~aligned.heard.speech, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(quiet))
    shortest = round(SHORTEST_PAUSE_S * _HOPS_PER_S)
    spans = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in spans if b - a >= shortest and _between_words(aligned, a, b)]


def _between_words(aligned: Alignment, start: int, end: int) -> bool:
    """Whether the middle of the span is not inside a word (before a stop's burst, say)."""
    return int(aligned.said[(start + end) // 2]) < 0


def _cuts(aligned: Alignment, shortest: int) -> list[tuple[int, int]]:
    """Pauses to cut at; the first and the last are the recording's beginning and end."""
    size = len(aligned.said)
    speech = np.flatnonzero(aligned.heard.speech)
    first, last = (int(speech[0]), int(speech[-1]) + 1) if speech.size else (0, size)
    chosen = [(0, first)]
    for start, end in pauses(aligned):
        if start - chosen[-1][1] >= shortest and last - end >= shortest:
            chosen.append((start, end))
    return [*chosen, (last, size)]


def _piece(
    recording: Recording, aligned: Alignment, before: tuple[int, int], after: tuple[int, int]
) -> Recording:
    margin = round(_MARGIN_S * _HOPS_PER_S)
    start = max(before[0], before[1] - margin)
    end = min(after[1], after[0] + margin)
    scale = recording.sample_rate * HOP / RATE
    return Recording(
        samples=recording.samples[round(start * scale) : round(end * scale)],
        sample_rate=recording.sample_rate,
        transcript=_text(recording.transcript, aligned, before, after),
        language=recording.language,
    )


def _text(text: str, aligned: Alignment, before: tuple[int, int], after: tuple[int, int]) -> str:
    """What stands in the text between two pauses."""
    limits = (*aligned.positions, len(text))
    middles = [(start + end) // 2 for start, end in (before, after)]
    first = 0 if before[0] == 0 else limits[aligned.word[middles[0]]]
    last = len(text) if after[1] == len(aligned.said) else limits[aligned.word[middles[1]]]
    return text[first:last].strip()

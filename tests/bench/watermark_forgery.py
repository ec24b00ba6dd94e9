"""What signs read without the key are good for: to undo a mark, or to lay it elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import (
    CHIPS_IN_10_S,
    KEY,
    Clip,
    cells_of,
    change_of,
    mark_of,
    marked_with,
    periods_used,
)
from tests.bench.watermark_material import CLIP_S
from voices.watermark.detector import Detection, detect
from voices.watermark.embedder import Strength
from voices.watermark.features import Matrix
from voices.watermark.grid import (
    CHIPS_IN_2_S,
    WINDOW_HOPS,
    band_shares,
    bands_of,
    hop_samples,
    root_hann,
)
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey

Undone = tuple[Samples, UtteranceMark, Matrix]
"""A marked clip, its mark, and the signs of its cells as far as somebody read them."""
_FORCES: Final = (0.8, 1.0, 1.5)
"""Too much of it is found as well; the best depends on how many signs were read wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transplanted:
    """Signs of one marked clip of 10 s laid over 10 s of another's unmarked speech."""

    known: str
    found: float
    """The share of clips in which the mark is detected with the home's key."""
    payload_read: float
    clips: int


def transplanted(clips: Sequence[Clip], known: str) -> Transplanted:
    """From each clip to the next; the attacker has "the marked clip", or "its original too"."""
    found: list[Detection] = []
    right = 0
    for number, clip in enumerate(clips):
        mark = mark_of(KEY, number, f"text {number}")
        marked = marked_with(clip.samples, KEY, mark)
        read = cells_of(marked) if known == "the marked clip" else change_of(clip.samples, marked)
        victim = clips[(number + 1) % len(clips)].samples
        found.append(_searched(with_signs(victim, np.sign(read[:CHIPS_IN_10_S])), KEY, mark))
        right += found[-1].payload == mark.payload
    return Transplanted(
        known=known,
        found=float(np.mean([each.detected for each in found])),
        payload_read=right / len(clips),
        clips=len(clips),
    )


def still_found(key: EpochKey, undone: Sequence[Undone]) -> float:
    """The share of marked clips in which the mark is found however strongly signs are undone."""
    shares = [
        np.mean(
            [
                _searched(with_signs(clip, -force * read), key, mark).detected
                for clip, mark, read in undone
            ]
        )
        for force in _FORCES
    ]
    return float(min(shares))


def with_signs(samples: Samples, signs: Matrix) -> Samples:
    """Each cell raised or lowered; at +1 and -1 as far as the marker does."""
    hop = hop_samples(RATE)
    size = hop * WINDOW_HOPS
    window = root_hann(size)
    padded = np.pad(samples.astype(np.float64), size)
    spectra = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window)
    middles = np.arange(len(spectra)) * hop - size // 2
    chips = np.clip(middles * CHIPS_IN_2_S // (2 * RATE), 0, len(signs) - 1)
    decibels = np.pad(signs * Strength.NORMAL.value * band_shares(), ((0, 0), (0, 1)))
    bands = bands_of(np.linspace(0.0, RATE / 2, spectra.shape[1]))
    frames = np.fft.irfft(spectra * 10 ** (decibels[chips][:, bands] / 20), size) * window
    out = np.zeros(padded.size)
    for index, frame in enumerate(frames):
        out[index * hop : index * hop + size] += frame * 2 / WINDOW_HOPS
    return np.asarray(out[size : size + samples.size], np.float32)


def _searched(samples: Samples, key: EpochKey, mark: UtteranceMark) -> Detection:
    return detect(samples, RATE, periods_used(key, [mark], CLIP_S), other_speeds=False)

"""What marking does to speech, and how long it takes."""

import importlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_material import KEY, mark_of, marked
from voices.watermark.embedder import Marker, Strength

NO_PESQ: Final = "no PESQ: .venv/bin/pip install pesq (needs gcc and Python's headers)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What marking does to speech at one strength; PESQ is None where it is not installed."""

    strength: str
    decibels: float
    pesq_mean: float | None
    pesq_worst: float | None
    snr_db: float
    rtf: float
    look_ahead_ms: float


def pesq_or_none() -> Any:
    """The package that measures it, where it is installed."""
    try:
        return importlib.import_module("pesq")
    except ImportError:
        return None


def pesq_wb(pairs: Iterable[tuple[Samples, Samples]]) -> list[float]:
    """One score for each clip and its marked version; none where PESQ is not installed."""
    pesq = pesq_or_none()
    return [] if pesq is None else [float(pesq.pesq(RATE, *pair, "wb")) for pair in pairs]


def quality(clips: Sequence[Samples], strength: Strength) -> Quality:
    """Mark all clips and compare."""
    started = time.process_time()
    pairs = [(plain, marked(plain, mark_of(index), strength)) for index, plain in enumerate(clips)]
    busy_s = time.process_time() - started
    ratios = [np.mean(plain**2) / np.mean((after - plain) ** 2) for plain, after in pairs]
    scores = pesq_wb(pairs)
    return Quality(
        strength=strength.name.lower(),
        decibels=strength.value,
        pesq_mean=float(np.mean(scores)) if scores else None,
        pesq_worst=min(scores) if scores else None,
        snr_db=float(10 * np.log10(np.mean(ratios))),
        rtf=busy_s * RATE / sum(plain.size for plain in clips),
        look_ahead_ms=Marker(KEY, mark_of(0).payload, RATE, 0, strength).look_ahead_ms,
    )

"""Many marked copies of the same speech, put together to be rid of the mark or to read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hub_agent.engines.espeak import ESpeak, Pcm16
from tests.bench.likeness_material import SENTENCES
from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import (
    CHIPS_IN_10_S,
    EPOCH,
    HOUSEHOLD,
    KEY,
    change_of,
    mark_of,
    marked_with,
    periods_used,
    pilots_of,
    sign_accuracy,
)
from tests.bench.watermark_material import CLIP_S
from tests.bench.watermark_mixing import WAYS, mean_waveform
from voices.watermark.detector import Detection, detect
from voices.watermark.features import Matrix, at_analysis_rate
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey, family_key
from voices.watermark.payload import Payload32

COPIES: Final = (2, 5, 10, 20, 50)
MOST: Final = COPIES[-1]
SAME: Final = "the same announcement"
SENTENCE: Final = "one sentence of other announcements"
WEEKS: Final = "the same announcement, another week each"
INHERENT: Final = (WEEKS, SENTENCE)
"""Other weeks have other patterns, which keeps their clips apart."""
RENDITIONS: Final = "the same announcement at other speeds"
_NUM_ISSUED: Final = 500
"""Numbers of the week that the detector knows; the copies have the first of them."""
_WORDS_PER_MINUTE: Final = 160
_SLOWEST_WPM, _FASTEST_WPM = 150, 170

Issued = tuple[EpochKey, UtteranceMark]


def _same(copy: int) -> Issued:
    return KEY, mark_of(KEY, copy, "text")


def _sentence(copy: int) -> Issued:
    """As where texts share a sentence, and where one text arrives bit by bit each time."""
    return KEY, mark_of(KEY, copy, f"text {copy}")


def _weeks(copy: int) -> Issued:
    key = family_key(HOUSEHOLD, EPOCH + copy)
    return key, mark_of(key, copy, "text")


ISSUES: Final[dict[str, Callable[[int], Issued]]] = {
    SAME: _same,
    SENTENCE: _sentence,
    WEEKS: _weeks,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Washed:
    """What is left in `copies` put together; the worst for us of all texts."""

    of: str
    way: str
    copies: int
    p_value: float
    payloads_read: int
    """Of the texts; those of one of the copies."""
    payloads_wrong: int
    """Any other payload, whether it was issued or not."""
    snr_db: float
    """How near it is to the unmarked original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """Pilot signs read by comparing each copy with the mean of all; 0.5 is guessing."""

    of: str
    own_seconds: float


def originals() -> list[Samples]:
    """Two announcements of 10 s, the same whenever they are said."""
    return [
        _said(" ".join(SENTENCES[language]), language, _WORDS_PER_MINUTE)[: CLIP_S * RATE]
        for language in ("en", "de")
    ]


def washed(plains: Sequence[Samples], of: str) -> list[Washed]:
    """One line for each way and number of copies."""
    issued = [ISSUES[of](copy) for copy in range(MOST)]
    copies = [[marked_with(plain, *each) for each in issued] for plain in plains]
    return [
        _judged(plains, [combine(each[:count]) for each in copies], issued[:count], of, way)
        for way, combine in WAYS.items()
        for count in COPIES
    ]


def renditions_washed() -> list[Washed]:
    """Each stretched to the length of the first."""
    text = " ".join(SENTENCES["en"])
    speeds = np.linspace(_SLOWEST_WPM, _FASTEST_WPM, MOST).round().astype(int)
    np.random.default_rng(32).shuffle(speeds)
    plains = [_said(text, "en", int(speed)) for speed in speeds]
    issued = [
        (KEY, mark_of(KEY, copy, f"text at {speed}")) for copy, speed in enumerate(speeds.tolist())
    ]
    size = plains[0].size
    fitted = [
        _stretched(marked_with(plain, *each), size)[: CLIP_S * RATE]
        for plain, each in zip(plains, issued, strict=True)
    ]
    first = plains[0][: CLIP_S * RATE]
    return [
        _judged([first], [combine(fitted[:count])], issued[:count], RENDITIONS, way)
        for way, combine in WAYS.items()
        for count in COPIES
    ]


def revealed(plain: Samples, of: str) -> Revealed:
    """From all copies."""
    issued = [ISSUES[of](copy) for copy in range(MOST)]
    copies = [marked_with(plain, *each) for each in issued]
    mean = mean_waveform(copies)
    read = [
        sign_accuracy(_change(mean, copy), pilots_of(key, mark.start_phase, CHIPS_IN_10_S))
        for copy, (key, mark) in zip(copies, issued, strict=True)
    ]
    return Revealed(of=of, own_seconds=float(np.mean(read)))


def _change(mean: Samples, copy: Samples) -> Matrix:
    return change_of(mean, copy)[:CHIPS_IN_10_S]


def _judged(
    plains: Sequence[Samples],
    mixed: Sequence[Samples],
    issued: Sequence[Issued],
    of: str,
    way: str,
) -> Washed:
    found = [_searched(each, issued) for each in mixed]
    own = {mark.payload for _key, mark in issued}
    ratios = [
        np.mean(plain**2) / (np.mean((each - plain) ** 2) + 1e-20)
        for plain, each in zip(plains, mixed, strict=True)
    ]
    return Washed(
        of=of,
        way=way,
        copies=len(issued),
        p_value=max(each.p_value for each in found),
        payloads_read=sum(each.payload in own for each in found),
        payloads_wrong=sum(each.payload is not None and each.payload not in own for each in found),
        snr_db=float(10 * np.log10(np.mean(ratios))),
    )


def _searched(samples: Samples, issued: Sequence[Issued]) -> Detection:
    """With all that the audit log tells."""
    keys: list[EpochKey] = []
    for key in dict.fromkeys(key for key, _mark in issued):
        keys += periods_used(key, [mark for used, mark in issued if used == key], CLIP_S)
    slot = issued[0][1].payload
    listed = [Payload32(slot.version, slot.slot, number) for number in range(_NUM_ISSUED)]
    candidates = {key.epoch: listed for key in keys}
    return detect(samples, RATE, keys, candidates=candidates, other_speeds=False)


def _said(text: str, voice: str, words_per_minute: int) -> Samples:
    espeak = ESpeak()
    chunks: list[Samples] = []

    def keep(pcm: Pcm16, _events: object) -> bool:
        chunks.append(np.asarray(pcm / 32_768, np.float32))
        return True

    espeak.synthesise(text, keep, voice=voice, words_per_minute=words_per_minute)
    return at_analysis_rate(np.concatenate(chunks), espeak.sample_rate)


def _stretched(samples: Samples, size: int) -> Samples:
    places = np.linspace(0, samples.size - 1, size)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)

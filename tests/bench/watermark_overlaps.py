"""What clips of one epoch give away of each other, for whom the pattern repeats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import (
    HOUSEHOLD,
    KEY,
    Clip,
    cells_of,
    change_of,
    fresh_mark,
    marked_with,
    pilots_from,
    sign_accuracy,
)
from tests.bench.watermark_jigsaw import best_pairs, put_together
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import detect
from voices.watermark.grid import CHIPS_IN_2_S, NUM_BANDS, PERIOD_CHIPS
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import EpochKey, epoch_key

Issued = tuple[EpochKey, UtteranceMark]
Issue = Callable[[int, int], list[Issued]]


def anywhere(count: int, _chips: int) -> list[Issued]:
    """As the product issues marks: anywhere in the one period of the epoch."""
    random = np.random.default_rng(40)
    return [(KEY, fresh_mark(random)) for _ in range(count)]


def never_twice(count: int, chips: int) -> list[Issued]:
    """A prototype: each clip goes on where the last one ended, the next period has a key anew."""
    random = np.random.default_rng(40)
    in_period = PERIOD_CHIPS // chips
    found = []
    for clip in range(count):
        period, place = divmod(clip, in_period)
        payload = fresh_mark(random).payload
        key = epoch_key(HOUSEHOLD, 1_000 + period)
        found.append((key, UtteranceMark(payload, key.epoch, place * chips)))
    return found


ISSUES: Final[dict[str, Issue]] = {"one period": anywhere, "no stretch twice": never_twice}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What clips say of each other; accuracies of signs are of those read from other clips alone.

    0.5 is guessing; clips that were not placed count as guessed.
    """

    issue: str
    clips: int
    length_s: float
    pair_z: float
    """Of the two most similar clips, anywhere laid over each other."""
    pair_z_unmarked: float
    placed: int
    signs_read: float
    signs_without_places: float
    """All clips laid over each other from their beginnings."""
    signs_with_true_places: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One clip of 10 s whose original is known, used on other clips without the key."""

    own_signs: float
    found_same_epoch: float
    """The share of other clips of the epoch that fit better than any unmarked clip."""
    found_next_epoch: float
    clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How an utterance longer than the period agrees with itself a period later."""

    length_s: float
    z: float
    z_unmarked: float


class Listener:
    """Somebody with clips as they are played, under one way of issuing marks."""

    def __init__(self, clips: Sequence[Clip], length_s: float, issue: str) -> None:
        self._length_s = length_s
        self._issue = issue
        self._chips = round(length_s * CHIPS_IN_2_S / 2)
        self.issued = ISSUES[issue](len(clips), self._chips)
        self.marked = [
            marked_with(clip.samples, *each) for clip, each in zip(clips, self.issued, strict=True)
        ]
        self._cells = [cells_of(each)[: self._chips] for each in self.marked]
        self._plain = [cells_of(clip.samples)[: self._chips] for clip in clips]
        patterns = {key: KeyPattern.of(key) for key, _mark in self.issued}
        self._pilots = [
            pilots_from(patterns[key], mark.start_phase, self._chips) for key, mark in self.issued
        ]

    def assembled(self, count: int) -> Assembled:
        """From the first `count` clips."""
        cells = self._cells[:count]
        picture = put_together(cells)
        starts = {index: mark.start_phase for index, (_key, mark) in enumerate(self.issued[:count])}
        return Assembled(
            issue=self._issue,
            clips=count,
            length_s=self._length_s,
            pair_z=best_pairs(cells)[0].z,
            pair_z_unmarked=best_pairs(self._plain[:count])[0].z,
            placed=len(picture.places),
            signs_read=self._read(count, picture.places),
            signs_without_places=self._read(count, dict.fromkeys(range(count), 0)),
            signs_with_true_places=self._read(count, starts),
        )

    def _read(self, count: int, places: dict[int, int]) -> float:
        sums = np.zeros((PERIOD_CHIPS, NUM_BANDS), np.float32)
        rows = {i: (place + np.arange(self._chips)) % PERIOD_CHIPS for i, place in places.items()}
        for index, where in rows.items():
            sums[where] += self._cells[index]
        nothing = np.zeros_like(self._cells[0])
        return float(
            np.mean(
                [
                    sign_accuracy(
                        sums[rows[index]] - self._cells[index] if index in rows else nothing,
                        self._pilots[index],
                    )
                    for index in range(count)
                ]
            )
        )


def known_original(clips: Sequence[Clip]) -> Original:
    """The first clip is known unmarked, too."""
    chips = round(clips[0].samples.size / RATE * CHIPS_IN_2_S / 2)
    random = np.random.default_rng(41)
    mark = fresh_mark(random)
    plain = clips[0].samples
    known = change_of(plain, marked_with(plain, KEY, mark))[:chips]
    others = [clip.samples for clip in clips[1:]]
    follower = epoch_key(HOUSEHOLD, KEY.epoch + 1)
    same, following = (
        [marked_with(each, key, fresh_mark(random)) for each in others] for key in (KEY, follower)
    )
    signs = np.sign(known)
    fits = [
        np.array([best_pairs([signs, cells_of(each)[:chips]])[0].z for each in heard])
        for heard in (others, same, following)
    ]
    least = fits[0].max()
    return Original(
        own_signs=sign_accuracy(known, pilots_from(KeyPattern.of(KEY), mark.start_phase, chips)),
        found_same_epoch=float(np.mean(fits[1] > least)),
        found_next_epoch=float(np.mean(fits[2] > least)),
        clips=len(others),
    )


def repeated(speech: Samples, length_s: float) -> Repeat:
    """One utterance of `length_s`."""
    plain = speech[: round(length_s * RATE)]
    marked = marked_with(plain, KEY, fresh_mark(np.random.default_rng(42)))
    return Repeat(length_s=length_s, z=_own_fit(marked), z_unmarked=_own_fit(plain))


def search_of_periods(listener: Listener) -> tuple[float, int]:
    """The greatest p-value of the first clips when the keys of all periods are tried."""
    keys = list({key.epoch: key for key, _mark in listener.issued}.values())
    found = [detect(each, RATE, keys, other_speeds=False) for each in listener.marked[:5]]
    return max(each.p_value for each in found), len(keys)


def _own_fit(samples: Samples) -> float:
    cells = cells_of(samples)
    products = cells[:-PERIOD_CHIPS] * cells[PERIOD_CHIPS:]
    return float(products.sum() / np.sqrt((products**2).sum()))

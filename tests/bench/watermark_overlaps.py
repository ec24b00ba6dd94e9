"""What clips of one epoch give away of each other, where the pattern repeats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.bench.watermark_attacks import RATE, Samples
from tests.bench.watermark_eavesdropper import (
    CHIPS_IN_10_S,
    EPOCH,
    HOUSEHOLD,
    KEY,
    STOCK_KEY,
    Clip,
    cells_of,
    change_of,
    mark_of,
    marked_with,
    pilots_of,
    sign_accuracy,
)
from tests.bench.watermark_forgery import still_found
from tests.bench.watermark_jigsaw import best_pairs, put_together
from voices.watermark.features import Matrix
from voices.watermark.grid import NUM_BANDS, PERIOD_CHIPS
from voices.watermark.keys import epoch_key

_UNDONE: Final = 20
_GUESS: Final = 0.5
VOICES: Final = {"family": KEY, "stock": STOCK_KEY}

Places = dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What clips of 10 s of other texts say of each other.

    Accuracies of signs are of those read from other clips alone; 0.5 is guessing, and clips that
    lie nowhere count as guessed.
    """

    voice: str
    clips: int
    pair_z: float
    """Of the two most similar clips, anywhere laid over each other."""
    pair_z_unmarked: float
    placed: int
    """Clips in pictures of two or more."""
    signs_read: float
    signs_in_itself: float
    """What the ripple of each clip alone says."""
    signs_without_places: float
    """All clips laid over each other from their beginnings."""
    signs_with_true_places: float
    still_found: float
    """The share of placed clips whose mark is detected after what was read of it is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One clip of 10 s whose original is known, used on other clips without the key."""

    voice: str
    own_signs: float
    found_same_epoch: float
    """The share of other clips of the epoch that fit better than any unmarked clip."""
    found_next_epoch: float
    clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How an utterance longer than a period agrees with itself a period later."""

    voice: str
    length_s: float
    z: float
    z_unmarked: float


class Listener:
    """Somebody with clips of other texts as they are played."""

    def __init__(self, clips: Sequence[Clip], voice: str) -> None:
        self._voice, key = voice, VOICES[voice]
        self._key = key
        self._marks = [mark_of(key, number, f"text {number}") for number in range(len(clips))]
        self._marked = [
            marked_with(clip.samples, key, mark)
            for clip, mark in zip(clips, self._marks, strict=True)
        ]
        self._cells = [cells_of(each)[:CHIPS_IN_10_S] for each in self._marked]
        self._plain = [cells_of(clip.samples)[:CHIPS_IN_10_S] for clip in clips]
        self._pilots = [pilots_of(key, mark.start_phase, CHIPS_IN_10_S) for mark in self._marks]

    def assembled(self, count: int) -> Assembled:
        """From the first `count` clips."""
        cells = self._cells[:count]
        pictures = [picture.places for picture in put_together(cells)]
        read = self._read_from_others(pictures, PERIOD_CHIPS)
        at_once = [dict.fromkeys(range(count), 0)]
        truth = [{index: mark.start_phase for index, mark in enumerate(self._marks[:count])}]
        whole = PERIOD_CHIPS * self._key.num_periods
        undone = [(self._marked[i], self._marks[i], np.sign(read[i])) for i in list(read)[:_UNDONE]]
        return Assembled(
            voice=self._voice,
            clips=count,
            pair_z=best_pairs(cells)[0].z,
            pair_z_unmarked=best_pairs(self._plain[:count])[0].z,
            placed=len(read),
            signs_read=self._accuracy(read, count),
            signs_in_itself=self._accuracy(dict(enumerate(cells)), count),
            signs_without_places=self._accuracy(
                self._read_from_others(at_once, PERIOD_CHIPS), count
            ),
            signs_with_true_places=self._accuracy(self._read_from_others(truth, whole), count),
            still_found=still_found(self._key, undone) if undone else 1.0,
        )

    def _read_from_others(self, pictures: Iterable[Places], size: int) -> dict[int, Matrix]:
        """What the other clips of its picture say of each clip's cells, summed."""
        found: dict[int, Matrix] = {}
        for places in pictures:
            rows = {i: (place + np.arange(CHIPS_IN_10_S)) % size for i, place in places.items()}
            sums = np.zeros((size, NUM_BANDS), np.float32)
            for index, where in rows.items():
                sums[where] += self._cells[index]
            for index, where in rows.items():
                found[index] = sums[where] - self._cells[index]
        return found

    def _accuracy(self, read: Mapping[int, Matrix], count: int) -> float:
        own = [sign_accuracy(signs, self._pilots[index]) for index, signs in read.items()]
        return (sum(own) + _GUESS * (count - len(own))) / count


def known_original(clips: Sequence[Clip], voice: str) -> Original:
    """The first clip is known unmarked, too."""
    key = VOICES[voice]
    follower = epoch_key(HOUSEHOLD, EPOCH + 1, key.num_periods)
    mark = mark_of(key, 0, "text 0")
    plain, *others = (clip.samples for clip in clips)
    known = change_of(plain, marked_with(plain, key, mark))[:CHIPS_IN_10_S]
    same, following = (
        [
            marked_with(each, used, mark_of(used, number, f"text {number}"))
            for number, each in enumerate(others, 1)
        ]
        for used in (key, follower)
    )
    signs = np.sign(known)
    fits = [
        np.array([best_pairs([signs, cells_of(each)[:CHIPS_IN_10_S]])[0].z for each in heard])
        for heard in (others, same, following)
    ]
    least = fits[0].max()
    return Original(
        voice=voice,
        own_signs=sign_accuracy(known, pilots_of(key, mark.start_phase, CHIPS_IN_10_S)),
        found_same_epoch=float(np.mean(fits[1] > least)),
        found_next_epoch=float(np.mean(fits[2] > least)),
        clips=len(others),
    )


def repeated(speech: Samples, length_s: float, voice: str) -> Repeat:
    """One utterance of `length_s`."""
    key = VOICES[voice]
    plain = speech[: round(length_s * RATE)]
    marked = marked_with(plain, key, mark_of(key, 0, f"{length_s:g} s"))
    return Repeat(voice=voice, length_s=length_s, z=_own_fit(marked), z_unmarked=_own_fit(plain))


def _own_fit(samples: Samples) -> float:
    cells = cells_of(samples)
    products = cells[:-PERIOD_CHIPS] * cells[PERIOD_CHIPS:]
    return float(products.sum() / np.sqrt((products**2).sum()))

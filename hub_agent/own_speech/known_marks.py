"""Which marks are looked for, and what is known of whoever left one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from voices.audit.entries import AuditedUtterance
from voices.watermark.decoys import nobodys_master
from voices.watermark.hub_key import STOCK_SLOT
from voices.watermark.keys import FAMILY_PERIODS, EpochKey, epoch_key, epoch_start, family_key
from voices.watermark.payload import Payload32


class Origin(StrEnum):
    """Whose key it is."""

    FAMILY = "family"
    STOCK = "stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Who said something that is marked, as far as its key, its bits and the log tell."""

    origin: Origin
    epoch: int
    period: int
    payload: Payload32 | None = field(default=None, repr=False)
    voice: str | None = field(default=None, repr=False)
    announcement: str | None = None
    purpose: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """What a key is for."""

    origin: Origin
    epoch: int
    period: int = 0


class KnownMarks:
    """Keys for the detector, one for each period, labelled by its place instead of its week.

    The hub's own key and the family's have the same weeks and must not be mistaken.
    """

    def __init__(self) -> None:
        self.keys: list[EpochKey] = []
        self.candidates: dict[int, Sequence[Payload32]] = {}
        self._places: list[_Place] = []
        self._utterances: dict[tuple[int, Payload32], tuple[AuditedUtterance, str | None]] = {}

    def add_stock(self, master: bytes, epochs: Iterable[int]) -> None:
        """Look for stock voices, which the hub's own `master` marks."""
        for epoch in epochs:
            self._add(epoch_key(master, epoch), _Place(Origin.STOCK, epoch))

    def add_family(
        self,
        master: bytes,
        utterances: Iterable[AuditedUtterance],
        ids: Mapping[str, str],
        forgotten: Iterable[int] = (),
    ) -> None:
        """Look for these utterances, and for any of the `forgotten` weeks, which is slow.

        `ids` has the ids of voices by the keys of members.
        """
        places: dict[_Place, list[Payload32]] = {
            _Place(Origin.FAMILY, epoch, period): []
            for epoch in forgotten
            for period in range(FAMILY_PERIODS)
        }
        for each in utterances:
            epoch = each.begun.epoch
            self._utterances[epoch, each.payload] = each, ids.get(each.begun.voice)
            for period in each.periods:
                place = _Place(Origin.FAMILY, epoch, period % FAMILY_PERIODS)
                places.setdefault(place, []).append(each.payload)
        for place in sorted(places, key=lambda each: (-each.epoch, each.period)):
            label = self._add(family_key(master, place.epoch).period(place.period), place)
            self.candidates[label] = places[place]

    def alone(self, speech: Speech) -> "KnownMarks":
        """Only the key of `speech`, without what was issued."""
        place = _Place(speech.origin, speech.epoch, speech.period)
        known = KnownMarks()
        known._add(self.keys[self._places.index(place)], place)
        return known

    @staticmethod
    def of_nobody() -> "KnownMarks":
        """A key nothing was ever marked with: what it finds is found by chance."""
        known = KnownMarks()
        known.add_stock(nobodys_master(), [0])
        return known

    def speech(self, label: int, payload: Payload32 | None) -> Speech:
        """What is known of a mark that the detector found with the key of `label`."""
        place = self._places[label]
        plain = Speech(origin=place.origin, epoch=place.epoch, period=place.period, payload=payload)
        if payload is None:
            return plain
        if place.origin is Origin.STOCK:
            known = payload.slot == STOCK_SLOT
            minute = epoch_start(place.epoch) + timedelta(minutes=payload.number)
            return replace(plain, at=minute) if known else plain
        found = self._utterances.get((place.epoch, payload))
        return plain if found is None else _named(plain, *found)

    def _add(self, key: EpochKey, place: _Place) -> int:
        label = len(self.keys)
        self.keys.append(replace(key, epoch=label))
        self._places.append(place)
        return label


def _named(speech: Speech, utterance: AuditedUtterance, voice: str | None) -> Speech:
    begun = utterance.begun
    return replace(
        speech,
        voice=voice,
        announcement=begun.announcement_id,
        purpose=begun.purpose.value,
        at=begun.at,
    )

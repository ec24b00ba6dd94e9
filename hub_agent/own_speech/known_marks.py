"""Which marks are looked for, and what is known of whoever left one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from voices.audit.entries import AuditedUtterance
from voices.watermark.decoys import nobodys_master
from voices.watermark.hub_key import STOCK_SLOT
from voices.watermark.keys import EpochKey, epoch_key, epoch_start
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
    payload: Payload32 | None = field(default=None, repr=False)
    voice: str | None = field(default=None, repr=False)
    announcement: str | None = None
    purpose: str | None = None
    at: datetime | None = None


class KnownMarks:
    """Keys for the detector, each labelled by its place instead of its week.

    The hub's own key and the family's have the same weeks and must not be mistaken.
    """

    def __init__(self) -> None:
        self.keys: list[EpochKey] = []
        self.candidates: dict[int, Sequence[Payload32]] = {}
        self._origins: list[tuple[Origin, int]] = []
        self._utterances: dict[tuple[int, Payload32], Speech] = {}

    def add_stock(self, master: bytes, epochs: Iterable[int]) -> None:
        """Look for stock voices, which the hub's own `master` marks."""
        for epoch in epochs:
            self._add(epoch_key(master, epoch), Origin.STOCK, epoch)

    def add_family(
        self,
        master: bytes,
        utterances: Iterable[AuditedUtterance],
        ids: Mapping[str, str],
        forgotten: Iterable[int] = (),
    ) -> None:
        """Look for these utterances, and for any of the `forgotten` weeks.

        `ids` has the ids of voices by the keys of members.
        """
        weeks: dict[int, list[AuditedUtterance]] = {epoch: [] for epoch in forgotten}
        for utterance in utterances:
            weeks.setdefault(utterance.begun.epoch, []).append(utterance)
        for epoch in sorted(weeks, reverse=True):
            label = self._add(epoch_key(master, epoch), Origin.FAMILY, epoch)
            self.candidates[label] = [each.payload for each in weeks[epoch]]
            for each in weeks[epoch]:
                self._utterances[label, each.payload] = _speech(each, ids.get(each.begun.voice))

    def alone(self, speech: Speech) -> "KnownMarks":
        """Only the key of `speech`, without what was issued."""
        origin = speech.origin, speech.epoch
        known = KnownMarks()
        known._add(self.keys[self._origins.index(origin)], *origin)
        return known

    @staticmethod
    def of_nobody() -> "KnownMarks":
        """A key nothing was ever marked with: what it finds is found by chance."""
        known = KnownMarks()
        known.add_stock(nobodys_master(), [0])
        return known

    def speech(self, label: int, payload: Payload32 | None) -> Speech:
        """What is known of a mark that the detector found with the key of `label`."""
        origin, epoch = self._origins[label]
        plain = Speech(origin=origin, epoch=epoch, payload=payload)
        if payload is None:
            return plain
        if origin is Origin.STOCK and payload.slot == STOCK_SLOT:
            return replace(plain, at=epoch_start(epoch) + timedelta(minutes=payload.number))
        return self._utterances.get((label, payload), plain)

    def _add(self, key: EpochKey, origin: Origin, epoch: int) -> int:
        label = len(self.keys)
        self.keys.append(replace(key, epoch=label))
        self._origins.append((origin, epoch))
        return label


def _speech(utterance: AuditedUtterance, voice: str | None) -> Speech:
    begun = utterance.begun
    return Speech(
        origin=Origin.FAMILY,
        epoch=begun.epoch,
        payload=utterance.payload,
        voice=voice,
        announcement=begun.announcement_id,
        purpose=begun.purpose.value,
        at=begun.at,
    )

"""What the audit log knows of one utterance."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from voices.consent.times import from_stamp, stamp, whole_second
from voices.purpose import Purpose
from voices.watermark.issue import VERSION, periods_of
from voices.watermark.payload import Payload32

NUMBERS: Final = 1 << 24
"""What a payload has room for; the number of an utterance is that of its line, modulo this."""
LONGEST_TEXT_CHARS: Final = 256
"""Of an id or a name; a line has an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An utterance that is about to be heard; `voice` is the member's key, `epoch` a week.

    `at` is kept in whole seconds. ValueError for an id or a name that is too long.
    """

    announcement_id: str = field(repr=False)
    voice: str
    slot: int
    purpose: Purpose
    sender: str = field(repr=False)
    room: str = field(repr=False)
    epoch: int
    start_phase: int
    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", whole_second(self.at))
        for text in (self.announcement_id, self.voice, self.sender, self.room):
            if len(text) > LONGEST_TEXT_CHARS:
                raise ValueError(f"longer than {LONGEST_TEXT_CHARS} characters")

    def to_json(self) -> dict[str, Any]:
        """As the line holds it, sealed."""
        return {
            "announcement_id": self.announcement_id,
            "voice": self.voice,
            "slot": self.slot,
            "purpose": self.purpose.value,
            "sender": self.sender,
            "room": self.room,
            "epoch": self.epoch,
            "start_phase": self.start_phase,
            "at": stamp(self.at),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """What `to_json` wrote; KeyError, TypeError or ValueError for anything else."""
        return cls(**{**raw, "purpose": Purpose(raw["purpose"]), "at": from_stamp(raw["at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of an utterance; `text_mac` is of all of its text, `signs_digest` a SHA-256."""

    outcome: str
    reason: str | None
    duration_ms: int
    text_mac: str
    signs_digest: str | None

    def to_json(self) -> dict[str, Any]:
        """As the line holds it, sealed, beside the number of the utterance."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "duration_ms": self.duration_ms,
            "text_mac": self.text_mac,
            "signs_digest": self.signs_digest,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """What `to_json` wrote; TypeError for anything else."""
        return cls(**raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedUtterance:
    """One utterance; `ended` is None when power or process ended before it, or it still speaks.

    `line` and `ended_line` are the bytes that were signed, without their line feed.
    """

    number: int
    begun: Begun
    line: bytes = field(repr=False)
    ended: Ended | None = None
    ended_line: bytes | None = field(default=None, repr=False)

    @property
    def payload(self) -> Payload32:
        """What its mark says."""
        return Payload32(VERSION, self.begun.slot, self.number % NUMBERS)

    @property
    def periods(self) -> range:
        """The periods of its week's pattern it lies in; see `EpochKey.period`."""
        duration_s = None if self.ended is None else self.ended.duration_ms / 1000
        return periods_of(self.begun.start_phase, duration_s)


def text_mac(key: bytes, text: str) -> str:
    """What stands for a text: equal texts have the same, and without the key it tells nothing."""
    return hmac.digest(key, text.encode(), "sha256").hex()

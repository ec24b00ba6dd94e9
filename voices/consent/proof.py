"""What shows that somebody agreed: the words they said, the challenge, the recordings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from voices.consent.fields import (
    as_member,
    as_moment,
    check_digest,
    check_range,
    check_text,
    plain,
    take,
    take_moment,
    take_optional,
)
from voices.consent.people import Level

_DAY_MS = 86_400_000
_LONGEST_PHRASE = 100
_LONGEST_ID = 64


class Verifier(StrEnum):
    """Who or what found that the statement was said by the one who may say it."""

    AUTO = "auto"
    ADULT_PIN = "adult_pin"
    ATTESTATION = "attestation"


class SampleSource(StrEnum):
    """Where a recording comes from."""

    LIVE_MIC = "live_mic"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementProof:
    """The statement as it was shown, and the recording of it, if there is one, by its digest."""

    locale: str
    text: str = field(repr=False)
    recorded_at: datetime
    device_id: str
    audio_sha256: str | None = None
    audio_ms: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "recorded_at", as_moment(self.recorded_at, "statement"))
        check_text(self.locale, "statement.locale", _LONGEST_ID)
        check_text(self.text, "statement.text")
        check_text(self.device_id, "statement.device_id", _LONGEST_ID)
        check_digest(self.audio_sha256, "statement.audio_sha256")
        check_range(self.audio_ms, "statement.audio_ms", 0, _DAY_MS)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "StatementProof":
        """What `to_json` wrote."""
        return cls(
            locale=take(raw, "locale", str),
            text=take(raw, "text", str),
            recorded_at=take_moment(raw, "recorded_at"),
            device_id=take(raw, "device_id", str),
            audio_sha256=take_optional(raw, "audio_sha256", str),
            audio_ms=take_optional(raw, "audio_ms", int),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeProof:
    """The challenge that was set and how it was answered; `wer_permille` in thousandths."""

    phrase: str = field(repr=False)
    nonce: str
    issued_at: datetime
    answered_at: datetime
    heard_text: str | None = field(default=None, repr=False)
    wer_permille: int | None = None
    code_ok: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "issued_at", as_moment(self.issued_at, "challenge.issued_at"))
        object.__setattr__(self, "answered_at", as_moment(self.answered_at, "challenge.answered"))
        check_text(self.phrase, "challenge.phrase", _LONGEST_PHRASE)
        check_text(self.nonce, "challenge.nonce", _LONGEST_ID)
        check_text(self.heard_text or "", "challenge.heard_text")
        check_range(self.wer_permille, "challenge.wer_permille", 0, 1_000_000)
        check_range(self.code_ok, "challenge.code_ok", 0, 1)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "ChallengeProof":
        """What `to_json` wrote."""
        return cls(
            phrase=take(raw, "phrase", str),
            nonce=take(raw, "nonce", str),
            issued_at=take_moment(raw, "issued_at"),
            answered_at=take_moment(raw, "answered_at"),
            heard_text=take_optional(raw, "heard_text", str),
            wer_permille=take_optional(raw, "wer_permille", int),
            code_ok=take_optional(raw, "code_ok", int),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How the speaker was recognised; scores are cosines in thousandths."""

    level: Level
    verifier: Verifier
    model_sha256: str | None = None
    score_statement_permille: int | None = None
    score_samples_permille: int | None = None
    threshold_permille: int | None = None
    snr_db: int | None = None

    def __post_init__(self) -> None:
        check_digest(self.model_sha256, "verification.model_sha256")
        for name in ("score_statement_permille", "score_samples_permille", "threshold_permille"):
            check_range(getattr(self, name), f"verification.{name}", -1000, 1000)
        check_range(self.snr_db, "verification.snr_db", -200, 200)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Verification":
        """What `to_json` wrote."""
        return cls(
            level=as_member(Level, take(raw, "level", str)),
            verifier=as_member(Verifier, take(raw, "verifier", str)),
            model_sha256=take_optional(raw, "model_sha256", str),
            score_statement_permille=take_optional(raw, "score_statement_permille", int),
            score_samples_permille=take_optional(raw, "score_samples_permille", int),
            threshold_permille=take_optional(raw, "threshold_permille", int),
            snr_db=take_optional(raw, "snr_db", int),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleProof:
    """A recording the voice was made of, by its digest."""

    sha256: str
    duration_ms: int
    recorded_at: datetime
    source: SampleSource

    def __post_init__(self) -> None:
        object.__setattr__(self, "recorded_at", as_moment(self.recorded_at, "sample.recorded_at"))
        check_digest(self.sha256, "sample.sha256")
        check_range(self.duration_ms, "sample.duration_ms", 1, _DAY_MS)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return plain(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "SampleProof":
        """What `to_json` wrote."""
        return cls(
            sha256=take(raw, "sha256", str),
            duration_ms=take(raw, "duration_ms", int),
            recorded_at=take_moment(raw, "recorded_at"),
            source=as_member(SampleSource, take(raw, "source", str)),
        )

"""An audit log of a home, whose anchor lies apart from its data."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from voices.audit.entries import Begun, Ended
from voices.audit.log import AuditLog
from voices.audit.verify import verify_audit
from voices.consent.ledger import Head
from voices.consent.ledger_finding import Finding
from voices.consent.signing import SigningKey
from voices.durable import Files
from voices.purpose import Purpose

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=500)
KEY = SigningKey.from_bytes(bytes(range(32)))
SECRET, TEXT_KEY = bytes(32), bytes(range(1, 33))
SMALL = 3000
"""Bytes at which the files of these tests are full: one or two utterances."""
VOICE = "ab" * 16
ROOM, SENDER, ID = "zedernzimmer", "quizzical_sender", "jackdaws-love-my-sphinx"
TEXT = "the quick brown fox"


def folder(root: Path) -> Path:
    return root / "data" / "audit"


def anchor(root: Path) -> Path:
    return root / "keys" / "audit.anchor"


def opened(
    root: Path, files: Files | None = None, *, at: datetime = NOW, signer: SigningKey = KEY
) -> AuditLog:
    return AuditLog.open(
        folder(root),
        secret=SECRET,
        text_key=TEXT_KEY,
        signer=signer,
        anchor=anchor(root),
        files=files,
        now=lambda: at,
        rotate_at_bytes=SMALL,
    )


def begun(announcement_id: str = ID, *, at: datetime = NOW, voice: str = VOICE) -> Begun:
    return Begun(
        announcement_id=announcement_id,
        voice=voice,
        slot=3,
        purpose=Purpose.STORIES,
        sender=SENDER,
        room=ROOM,
        epoch=2960,
        start_phase=77,
        at=at,
    )


def ended(log: AuditLog, text: str = TEXT, outcome: str = "spoken") -> Ended:
    return Ended(
        outcome=outcome,
        reason=None,
        duration_ms=1234,
        text_mac=log.text_mac(text),
        signs_digest="cd" * 32,
    )


def say(log: AuditLog, announcement_id: str = ID, text: str = TEXT, *, at: datetime = NOW) -> int:
    number = log.begin(begun(announcement_id, at=at))
    log.end(number, ended(log, text))
    return number


def said(log: AuditLog) -> list[str]:
    """The announcements that ended."""
    return [each.begun.announcement_id for each in log.utterances() if each.ended is not None]


def findings(
    root: Path,
    files: Files | None = None,
    *,
    head: Head | None = None,
    secret: bytes | None = SECRET,
    root_key: bytes | None = KEY.public,
) -> list[Finding]:
    return verify_audit(
        folder(root),
        files,
        anchor=anchor(root),
        secret=secret,
        expected_head=head,
        root_key=root_key,
    )

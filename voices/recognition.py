"""What the keeper asks of a voice: whether it is known, and how far it may change."""

from typing import Final

import numpy as np

from voices.consent.people import Level, Relationship
from voices.consent.record import ConsentRecord
from voices.errors import EnrolmentRefusedError, VoiceNotFoundError
from voices.members import Member, MemberState, Version
from voices.registry import EMBEDDING_SIZE, Template

LARGEST_STEP: Final = 0.3
"""How far one update moves the embedding towards the new recordings: a cold is not a new person."""

_UNIT: Final = (0.99, 1.01)


def require_embedding(embedding: Template) -> None:
    """Refuse what is no direction: it would resemble nobody, and so be new every time."""
    length = float(np.linalg.norm(embedding)) if embedding.shape == (EMBEDDING_SIZE,) else 0.0
    if not _UNIT[0] <= length <= _UNIT[1]:
        raise EnrolmentRefusedError(
            "no voice was recognised in the recordings",
            hint="record again, closer to the microphone",
            reason="bad_embedding",
        )


def earlier(member: Member, number: int | None) -> Version:
    """The version of that number, or the one before the current."""
    wanted = number
    if wanted is None:
        wanted = max((v.number for v in member.versions if v.number < member.current), default=0)
    for version in member.versions:
        if version.number == wanted:
            return version
    raise VoiceNotFoundError(
        "there is no such earlier version",
        hint="hub-agent voices show ID",
        reason="unknown_version",
    )


def moved(old: Template, new: Template) -> Template:
    """A bounded step from one embedding towards another, again of unit length."""
    mixed = (1.0 - LARGEST_STEP) * old + LARGEST_STEP * new
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def is_same_person(known: Member, consent: ConsentRecord, same_person: str | None) -> bool:
    """Whether the person known here is the one who consents now, and says so."""
    if same_person is None or not known.called(same_person):
        return False
    own = consent.grantor.role is Relationship.SELF
    return own and consent.verification.level is Level.VERIFIED


def known(member: Member, cosine_to_it: float) -> EnrolmentRefusedError:
    """The refusal of a voice that is that member's."""
    if member.state is MemberState.REVOKED:
        return EnrolmentRefusedError(
            f"this voice was withdrawn from this hub (likeness {cosine_to_it:.2f})",
            hint="only that person can enrol it again, with their own consent: --same-person ID",
            reason="voice_withdrawn",
        )
    return EnrolmentRefusedError(
        f"this voice is enrolled already, under another name (likeness {cosine_to_it:.2f})",
        hint="add to it with `hub-agent voices update ID`; hub-agent voices list",
        reason="already_enrolled",
    )

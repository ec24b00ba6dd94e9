"""A new version of a voice: what is new is sealed, the rest stays as it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from voices.members import Member, Version, with_version
from voices.payload import Payload
from voices.vault.transaction import Transaction

KEPT_VERSIONS: Final = 5


def with_sealed(
    tx: Transaction,
    member: Member,
    payloads: Mapping[str, Payload],
    *,
    kept: Mapping[str, int],
    speech_s: float,
    similarity: float,
) -> Member:
    """`member` with a version of `payloads`, by kind, and the `kept` parts of the one before.

    Parts that no version has any longer are discarded.
    """
    new = {
        kind: tx.seal(member.key, kind, member.consent_id, payload).version
        for kind, payload in payloads.items()
    }
    version = Version(
        number=max((each.number for each in member.versions), default=0) + 1,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        speech_s=round(speech_s, 1),
        similarity=round(similarity, 4),
        parts={**kept, **new},
    )
    whole = with_version(member, version, keep=KEPT_VERSIONS)
    _discard_unused(tx, whole)
    return whole


def _discard_unused(tx: Transaction, member: Member) -> None:
    used = {(kind, number) for each in member.versions for kind, number in each.parts.items()}
    for part in tx.parts(member.key):
        if (part.kind, part.version) not in used:
            tx.discard(part)

"""A member as a transaction finds it: whoever was looked up before may have changed since."""

from contextlib import suppress

from voices.errors import ConsentRefusedError, VoiceNotFoundError
from voices.members import Member, MemberState, members_of
from voices.vault.transaction import Transaction


def known_to(tx: Transaction, member: Member) -> Member:
    """`member` as it is now, whatever another process did since it was looked up."""
    now = members_of(tx.document).get(member.key)
    if now is None:
        raise VoiceNotFoundError("there is no such voice", hint="hub-agent voices list")
    return now


def as_it_is(tx: Transaction, member: Member) -> Member:
    """The same, unless it was revoked meanwhile."""
    now = known_to(tx, member)
    if now.state is MemberState.REVOKED:
        raise withdrawn()
    return now


def destroy(tx: Transaction, member: Member) -> None:
    """Destroy the key; in an older copy of the vault the key file's tombstones did it already."""
    with suppress(VoiceNotFoundError):
        tx.destroy_key(member.key)


def withdrawn() -> ConsentRefusedError:
    """The error of everything that a revoked voice is asked for."""
    return ConsentRefusedError(
        "consent was withdrawn; this voice is gone for good",
        hint="hub-agent voices list",
        reason="consent_revoked",
    )

"""What a household keeps in its vault's document.

Besides its members (`voices.members`): who signs, what the ledger has yet to record, and how far
the ledger had come.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self, TypeAlias

from voices.consent.ledger import Head
from voices.consent.ledger_events import Body, Event, EventType
from voices.consent.signing import SigningKey
from voices.members import Member, members_of
from voices.vault.parts import new_id

_SIGNING_KEY: Final = "signing_key"
_HUB_ID: Final = "hub_id"
_PENDING: Final = "pending"
_HEAD: Final = "ledger_head"
"""How far the ledger had come at the last change: it can never again be shorter."""

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """A ledger event that belongs to a change; only ids, digests and dates."""

    type: EventType
    body: Body


@dataclass(frozen=True, slots=True)
class View:
    """What an unlocked vault says at `stamp`."""

    stamp: Hashable
    hub_id: str
    signing_key: SigningKey
    members: Mapping[str, Member]
    promised: Sequence[Event]
    head: Head | None

    @classmethod
    def of(cls, document: Document, stamp: Hashable) -> Self:
        """Of a document as it was at `stamp`."""
        return cls(
            stamp=stamp,
            hub_id=document[_HUB_ID],
            signing_key=signer_in(document),
            members=members_of(document),
            promised=[_event(promise) for promise in promised_in(document)],
            head=head_in(document),
        )


def new_document() -> Document:
    """Of a household without members."""
    key = SigningKey.generate()
    return {_SIGNING_KEY: key.to_bytes().hex(), _HUB_ID: new_id(), _PENDING: []}


def signer_in(document: Document) -> SigningKey:
    """What signs consents and the ledger."""
    return SigningKey.from_bytes(bytes.fromhex(document[_SIGNING_KEY]))


def head_in(document: Document) -> Head | None:
    """How far the ledger had come."""
    return Head(**document[_HEAD]) if _HEAD in document else None


def write_head(document: Document, reached: Head | None) -> None:
    """Remember how far the ledger has come; None: nothing happened yet, and nothing is written."""
    if reached is not None:
        document[_HEAD] = {"seq": reached.seq, "hash": reached.hash}


def promised_in(document: Document) -> Sequence[Mapping[str, Any]]:
    """Promised events, each with `event_id`, `type` and `body`."""
    promised: Sequence[Mapping[str, Any]] = document[_PENDING]
    return promised


def add_promises(document: Document, promises: Sequence[Promise]) -> None:
    """Promise more events, in a document that is not in force yet."""
    document[_PENDING] = [*document[_PENDING], *map(_written, promises)]


def forget_promises(document: Document) -> None:
    """All that was promised is recorded."""
    document[_PENDING] = []


def _written(promise: Promise) -> dict[str, Any]:
    return {"event_id": new_id(), "type": promise.type.value, "body": dict(promise.body)}


def _event(promise: Mapping[str, Any]) -> Event:
    return Event(
        seq=0,
        at=datetime.now(UTC),
        type=EventType(promise["type"]),
        body=promise["body"],
        hash="",
        kid="",
    )

"""How it stands with a consent, as the ledger tells it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from voices.consent.ledger_events import GRANTS, Body, Cause, Event, EventType
from voices.consent.times import from_stamp

WARNING: Final = timedelta(days=14)
"""How long before its end a consent is said to be expiring."""


class State(StrEnum):
    """What can be done with a voice."""

    GRANTED = "granted"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The consent in force for a voice; needs no key to be known, and names nobody.

    `objected`: suspended because somebody objected, which only `consent.resumed` ends.
    """

    voice_id: str
    consent_id: str
    record_digest: str
    since: datetime
    until: datetime
    suspended: bool = False
    objected: bool = False
    revoked: bool = False
    shredded: bool = False

    def state(self, at: datetime) -> State:
        """What it comes to at that moment; the gravest counts."""
        if self.revoked:
            return State.REVOKED
        if self.suspended:
            return State.SUSPENDED
        if at >= self.until:
            return State.EXPIRED
        return State.EXPIRING if at >= self.until - WARNING else State.GRANTED


def standings(events: Iterable[Event]) -> dict[str, Standing]:
    """The standing of every voice, by its id."""
    found: dict[str, Standing] = {}
    for event in events:
        follow(found, event)
    return found


def follow(found: dict[str, Standing], event: Event) -> None:
    """Bring standings up to date with one more event; the same one twice in a row changes nothing.

    What is revoked stays revoked whatever comes after. A new consent lifts a suspension, except one
    for an objection.
    """
    if event.type in GRANTS:
        _grant(found, event)
    elif event.type in _CHANGES:
        voice_id = str(event.body["voice_id"])
        if voice_id in found:
            found[voice_id] = _CHANGES[event.type](found[voice_id], event.body)


def _grant(found: dict[str, Standing], event: Event) -> None:
    body = event.body
    before = found.get(str(body["voice_id"]))
    if before is not None and before.revoked:
        return
    is_objected = before is not None and before.objected
    is_same = before is not None and before.consent_id == body["consent_id"]
    found[str(body["voice_id"])] = Standing(
        voice_id=str(body["voice_id"]),
        consent_id=str(body["consent_id"]),
        record_digest=str(body["record_digest"]),
        since=from_stamp(str(body["since"])),
        until=from_stamp(str(body["until"])),
        suspended=before is not None and before.suspended and (is_same or is_objected),
        objected=is_objected,
    )


def _suspended(standing: Standing, body: Body) -> Standing:
    objected = standing.objected or body["cause"] == Cause.OBJECTION
    return replace(standing, suspended=True, objected=objected)


def _resumed(standing: Standing, _body: Body) -> Standing:
    return replace(standing, suspended=False, objected=False)


def _revoked(standing: Standing, _body: Body) -> Standing:
    return replace(standing, revoked=True)


def _shredded(standing: Standing, _body: Body) -> Standing:
    return replace(standing, revoked=True, shredded=True)


_CHANGES: Final[Mapping[EventType, Callable[[Standing, Body], Standing]]] = {
    EventType.CONSENT_SUSPENDED: _suspended,
    EventType.CONSENT_RESUMED: _resumed,
    EventType.CONSENT_REVOKED: _revoked,
    EventType.VOICE_SHREDDED: _shredded,
}

"""The rule that decides each use, and the standing of a consent by the ledger."""

import copy
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest

from tests.unit.test_consent_record import CREATED, EVE, record, scope
from voices.consent.ledger_events import Body, Event, EventType
from voices.consent.policy import (
    CarePermit,
    Permit,
    Use,
    ends_soon,
    permit,
    permit_care,
)
from voices.consent.record import ConsentRecord, grant_body
from voices.consent.scope import DENIED_SENDERS, Hours
from voices.consent.standing import Standing, State, follow, standings
from voices.errors import ConsentRefusedError
from voices.purpose import Purpose

HOME = timezone(timedelta(hours=1))
EVENING = datetime(2026, 12, 1, 21, 0, tzinfo=HOME)
RECORD = record()
USE = Use(purpose=Purpose.STORIES, room="nursery", sender="mqtt", at=EVENING)


def event(kind: EventType, body: Body) -> Event:
    return Event(seq=1, at=CREATED, type=kind, body=body, hash="", kid="")


def granted(consent: ConsentRecord, kind: EventType = EventType.CONSENT_GRANTED) -> Event:
    return event(kind, grant_body(EVE, consent))


def changed(kind: EventType, cause: str = "subject") -> Event:
    body = {"voice_id": EVE, "consent_id": RECORD.consent_id, "cause": cause}
    return event(kind, body)


def standing_of(consent: ConsentRecord, *changes: EventType) -> Standing:
    return standings([granted(consent), *(changed(kind) for kind in changes)])[EVE]


STANDING = standing_of(RECORD)


def reason(
    consent: ConsentRecord = RECORD, standing: Standing | None = None, **changes: Any
) -> str | None:
    try:
        permit(EVE, consent, standing or standing_of(consent), replace(USE, **changes))
    except ConsentRefusedError as error:
        return _reason_of(error)
    return None


def _reason_of(error: ConsentRefusedError) -> str:
    assert (error.hint or "").startswith("hub-agent ")
    assert error.exit_code == 77
    assert not {"Ada", "nursery", "cellar"} & set(str(error).split())
    return error.reason


def test_what_was_agreed_to_is_permitted() -> None:
    found = permit(EVE, RECORD, STANDING, USE)
    assert found.voice_id == EVE
    assert found.consent_id == RECORD.consent_id


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"purpose": Purpose.TOYS}, "purpose_not_consented"),
        ({"room": "cellar"}, "room_not_consented"),
        ({"sender": "wyoming"}, "sender_not_consented"),
        ({"at": EVENING.replace(hour=19, minute=59)}, "hour_not_consented"),
        ({"at": EVENING.replace(hour=20)}, None),
        ({"at": EVENING.replace(hour=3)}, None),
        ({"at": EVENING.replace(hour=6, minute=29, second=59)}, None),
        ({"at": EVENING.replace(hour=6, minute=30)}, "hour_not_consented"),
        ({"at": EVENING.astimezone(UTC).replace(hour=19)}, "hour_not_consented"),
        ({"at": CREATED - timedelta(hours=1)}, "consent_not_yet_valid"),
        ({"at": RECORD.scope.until}, "consent_expired"),
        ({"at": RECORD.scope.until + timedelta(days=900)}, "consent_expired"),
    ],
)
def test_a_use_is_refused_for_the_first_thing_against_it(
    changes: dict[str, Any], why: str | None
) -> None:
    assert reason(**changes) == why


def test_all_rooms_and_senders_and_no_hours_stand_for_any() -> None:
    wide = record(scope=scope(rooms=("all",), senders=("all",), hours=()))
    assert reason(wide, room="cellar", sender="wyoming", at=EVENING.replace(hour=12)) is None


@pytest.mark.parametrize("sender", sorted(DENIED_SENDERS))
def test_calls_are_refused_whatever_was_agreed(sender: str) -> None:
    wide = record(scope=scope(senders=("all",)))
    assert reason(wide, sender=sender) == "always_denied"


def test_suspended_and_revoked_consent_permits_nothing() -> None:
    suspended = standing_of(RECORD, EventType.CONSENT_SUSPENDED)
    assert reason(standing=suspended) == "consent_suspended"
    assert reason(standing=standing_of(RECORD, EventType.CONSENT_REVOKED)) == "consent_revoked"
    assert reason(standing=standing_of(RECORD, EventType.VOICE_SHREDDED)) == "consent_revoked"
    resumed = standing_of(RECORD, EventType.CONSENT_SUSPENDED, EventType.CONSENT_RESUMED)
    assert reason(standing=resumed) is None


def test_only_the_record_that_the_ledger_knows_counts() -> None:
    wider = record(scope=scope(rooms=("all",)))
    assert reason(wider, STANDING) == "consent_mismatch"
    with pytest.raises(ConsentRefusedError) as caught:
        permit("ff" * 16, RECORD, STANDING, USE)
    assert caught.value.reason == "consent_mismatch"


def test_a_permit_ends_with_the_hours_or_the_consent() -> None:
    morning = EVENING.replace(day=2, hour=6, minute=30)
    assert permit(EVE, RECORD, STANDING, USE).valid_until == morning
    night = replace(USE, at=morning - timedelta(hours=4))
    assert permit(EVE, RECORD, STANDING, night).valid_until == morning
    always = record(scope=scope(hours=()))
    found = permit(EVE, always, standing_of(always), USE)
    assert found.valid_until == always.scope.until
    two = record(scope=scope(hours=(Hours(time(20), time(22)), Hours(time(21), time(23)))))
    assert permit(EVE, two, standing_of(two), USE).valid_until == EVENING.replace(hour=23)


def test_nobody_else_makes_a_permit() -> None:
    found = permit(EVE, RECORD, STANDING, USE)
    changed_voice: dict[str, Any] = {"voice_id": "ff" * 16}
    with pytest.raises(TypeError):
        Permit(voice_id=EVE, consent_id="c0" * 16, valid_until=EVENING, seal=object())
    with pytest.raises(TypeError):
        CarePermit(voice_id=EVE, consent_id="c0" * 16, seal=None)
    with pytest.raises((TypeError, ValueError)):
        replace(found, **changed_voice)
    with pytest.raises(AttributeError):
        found.voice_id = "ff" * 16  # type: ignore[misc] # that it is frozen is the test
    assert copy.copy(found) == found


def test_the_owner_may_look_after_a_voice_that_may_not_speak() -> None:
    suspended = standing_of(RECORD, EventType.CONSENT_SUSPENDED)
    late = RECORD.scope.until + timedelta(days=3)
    assert permit_care(EVE, RECORD, suspended, late).voice_id == EVE
    revoked = standing_of(RECORD, EventType.CONSENT_REVOKED)
    with pytest.raises(ConsentRefusedError) as caught:
        permit_care(EVE, RECORD, revoked, EVENING)
    assert caught.value.reason == "consent_revoked"
    with pytest.raises(ConsentRefusedError) as caught:
        permit_care("ff" * 16, RECORD, STANDING, EVENING)
    assert caught.value.reason == "consent_mismatch"


def test_the_end_is_announced_a_fortnight_before() -> None:
    end = RECORD.scope.until
    assert not ends_soon(RECORD.scope.until, end - timedelta(days=14, seconds=1))
    assert ends_soon(RECORD.scope.until, end - timedelta(days=14))
    assert not ends_soon(RECORD.scope.until, end)


def test_the_state_is_the_gravest_that_applies() -> None:
    end = RECORD.scope.until
    assert STANDING.state(EVENING) is State.GRANTED
    assert STANDING.state(end - timedelta(days=1)) is State.EXPIRING
    assert STANDING.state(end) is State.EXPIRED
    suspended = standing_of(RECORD, EventType.CONSENT_SUSPENDED)
    assert suspended.state(end) is State.SUSPENDED
    both = standing_of(RECORD, EventType.CONSENT_SUSPENDED, EventType.CONSENT_REVOKED)
    assert both.state(EVENING) is State.REVOKED


def test_a_renewed_consent_takes_the_place_of_the_old_one() -> None:
    newer = record(consent_id="c1" * 16, scope=scope(until=datetime(2027, 11, 20, tzinfo=UTC)))
    found = standings([granted(RECORD), granted(newer, EventType.CONSENT_RENEWED)])[EVE]
    assert found.until == newer.scope.until
    assert reason(newer, found) is None
    assert reason(RECORD, found) == "consent_mismatch"


def test_what_is_revoked_stays_revoked() -> None:
    found = standings([granted(RECORD), changed(EventType.CONSENT_REVOKED), granted(record())])
    assert found[EVE].revoked
    assert found[EVE].consent_id == RECORD.consent_id


def test_a_new_consent_lifts_a_suspension_and_the_old_one_told_again_does_not() -> None:
    found = {EVE: standing_of(RECORD, EventType.CONSENT_SUSPENDED)}
    follow(found, granted(RECORD))
    assert found[EVE].suspended
    follow(found, granted(record(consent_id="c1" * 16), EventType.CONSENT_RENEWED))
    assert not found[EVE].suspended


def test_an_objection_outlasts_a_new_consent() -> None:
    found = {EVE: STANDING}
    follow(found, changed(EventType.CONSENT_SUSPENDED, "objection"))
    follow(found, granted(record(consent_id="c1" * 16), EventType.CONSENT_RENEWED))
    follow(found, changed(EventType.CONSENT_SUSPENDED))
    follow(found, granted(record(consent_id="c2" * 16), EventType.CONSENT_RENEWED))
    assert found[EVE].suspended
    follow(found, changed(EventType.CONSENT_RESUMED))
    assert not found[EVE].suspended


@pytest.mark.parametrize("kind", EventType)
def test_following_an_event_twice_is_harmless(kind: EventType) -> None:
    grants = {EventType.CONSENT_GRANTED, EventType.CONSENT_RENEWED, EventType.CONSENT_LIMITED}
    one = granted(RECORD, kind) if kind in grants else changed(kind)
    once = standings([granted(RECORD), one])
    assert standings([granted(RECORD), one, one]) == once


def test_events_of_voices_nobody_knows_change_nothing() -> None:
    assert standings([changed(EventType.CONSENT_REVOKED)]) == {}

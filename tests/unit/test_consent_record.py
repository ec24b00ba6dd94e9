"""Consent records: what they may say, how they are signed, and that they keep their secrets."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest

from voices.consent.ledger_events import EventType, check_body
from voices.consent.people import (
    Controller,
    Evidence,
    Grantor,
    Level,
    Relationship,
    Subject,
    SubjectStatus,
)
from voices.consent.proof import (
    ChallengeProof,
    SampleProof,
    SampleSource,
    StatementProof,
    Verification,
    Verifier,
)
from voices.consent.record import ConsentRecord, SignedRecord, grant_body
from voices.consent.scope import Hours, Scope
from voices.consent.signing import SigningKey
from voices.consent.terms import DEFAULT_PURPOSES, default_until, latest_until
from voices.errors import ConsentRefusedError
from voices.purpose import Purpose

CREATED = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
KEY = SigningKey.from_bytes(bytes(range(32)))
OTHER = SigningKey.from_bytes(bytes(range(1, 33)))
ADA, EVE = "ad" * 16, "ee" * 16


def scope(**changes: Any) -> Scope:
    usual: dict[str, Any] = {
        "purposes": (Purpose.STORIES, Purpose.GREETINGS),
        "rooms": ("nursery", "kitchen"),
        "hours": (Hours(time(20), time(6, 30)),),
        "senders": ("mqtt", "cli"),
        "until": datetime(2027, 5, 21, tzinfo=UTC),
    }
    return Scope(**usual | changes)


def record(**changes: Any) -> ConsentRecord:
    usual: dict[str, Any] = {
        "consent_id": "c0" * 16,
        "created": CREATED,
        "subject": Subject(id=ADA, display_name="Ada Lovelace", status=SubjectStatus.LIVING),
        "grantor": Grantor(id=ADA, name="Ada Lovelace", role=Relationship.SELF),
        "controller": Controller(hub_id="ab" * 16, household_name="Rosenhof"),
        "statement": StatementProof(
            locale="en",
            text="I am Ada Lovelace.",
            recorded_at=CREATED,
            device_id="microphone",
            audio_sha256="12" * 32,
            audio_ms=9500,
        ),
        "challenge": ChallengeProof(
            phrase="river lemon 4 2 7 1",
            nonce="34" * 16,
            issued_at=CREATED,
            answered_at=CREATED,
            heard_text="i am ada lovelace",
            wer_permille=120,
            code_ok=1,
        ),
        "verification": Verification(
            level=Level.VERIFIED, verifier=Verifier.AUTO, score_statement_permille=812, snr_db=24
        ),
        "samples": (
            SampleProof(
                sha256="56" * 32,
                duration_ms=61_000,
                recorded_at=CREATED,
                source=SampleSource.LIVE_MIC,
            ),
        ),
        "scope": scope(),
    }
    return ConsentRecord(**usual | changes)


def child(birth_year: int | None = 2018) -> dict[str, Any]:
    return {
        "subject": Subject(
            id=EVE, display_name="Byron", status=SubjectStatus.MINOR, birth_year=birth_year
        ),
        "grantor": Grantor(id=ADA, name="Ada Lovelace", role=Relationship.GUARDIAN),
    }


def late() -> dict[str, Any]:
    evidence = (Evidence(kind="death_certificate", sha256="78" * 32),)
    return {
        "subject": Subject(id=EVE, display_name="Byron", status=SubjectStatus.DECEASED),
        "grantor": Grantor(id=ADA, name="Ada Lovelace", role=Relationship.HEIR, evidence=evidence),
        "co_grantors": (Grantor(id="ba" * 16, name="Mary", role=Relationship.HEIR),),
    }


@pytest.mark.parametrize("who", [{}, child(), late()])
def test_a_record_survives_its_file(who: dict[str, Any]) -> None:
    original = record(**who)
    again = ConsentRecord.from_json(json.loads(json.dumps(original.to_json())))
    assert again == original
    assert again.digest() == original.digest()


def test_a_record_is_written_in_one_way_only() -> None:
    data = record().canonical()
    assert data == json.dumps(
        json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8")
    assert b"." not in data.replace(b"Lovelace.", b"")


def test_times_of_any_zone_are_the_same_record() -> None:
    zone = timezone(timedelta(hours=2))
    assert record(salt="0" * 32, created=CREATED.astimezone(zone)) == record(salt="0" * 32)


def test_two_records_of_the_same_consent_have_different_digests() -> None:
    assert record().digest() != record().digest()
    assert record(salt="0" * 32).digest() == record(salt="0" * 32).digest()


def test_the_signature_holds_for_this_record_and_key_only() -> None:
    signed = record().sign(KEY)
    again = SignedRecord.from_json(json.loads(json.dumps(signed.to_json())))
    again.verify(KEY.public)
    assert again.kid == KEY.kid
    forged = replace(signed, record=replace(signed.record, scope=scope(rooms=("all",))))
    for wrong, key in ((forged, KEY), (signed, OTHER), (replace(signed, signature="x"), KEY)):
        with pytest.raises(ConsentRefusedError) as caught:
            wrong.verify(key.public)
        assert caught.value.reason == "consent_forged"


def test_no_name_or_word_is_in_a_repr() -> None:
    shown = repr(record().sign(KEY)) + repr(record(**child())) + repr(KEY)
    for secret in ("Ada", "Lovelace", "Byron", "Rosenhof", "river", "2018", "nursery"):
        assert secret not in shown
    assert KEY.to_bytes().hex() not in shown


def test_what_the_ledger_is_told_is_what_it_may_hold() -> None:
    for who in ({}, child(), late()):
        body = grant_body(EVE, record(**who, prev_consent_id="0c" * 16))
        check_body(EventType.CONSENT_GRANTED, body)
        assert not {"Ada Lovelace", "Byron", "Rosenhof", "nursery"} & set(map(str, body.values()))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scope": scope(until=CREATED)}, "ends before"),
        ({"scope": scope(until=datetime(2028, 11, 22, tzinfo=UTC))}, "longer"),
        ({**child(), "scope": scope(until=datetime(2027, 5, 22, tzinfo=UTC))}, "longer"),
        ({**child(2009), "scope": scope(until=datetime(2027, 1, 2, tzinfo=UTC))}, "longer"),
        ({**child(2008)}, "longer"),
        ({**late(), "scope": scope(until=datetime(2027, 11, 22, tzinfo=UTC))}, "longer"),
        ({**late(), "scope": scope(purposes=(Purpose.ASSISTANT,))}, "conversation"),
        ({**late(), "scope": scope(purposes=(Purpose.TOYS,))}, "conversation"),
        ({"grantor": child()["grantor"]}, "needs a self"),
        ({"subject": child()["subject"]}, "needs a guardian"),
        ({"subject": late()["subject"]}, "needs a heir"),
        ({"grantor": Grantor(id=EVE, name="Eve", role=Relationship.SELF)}, "fit each other"),
        ({"consent_id": "Ada"}, "consent_id"),
        ({"prev_consent_id": "Ada"}, "prev_consent_id"),
        ({"salt": ""}, "salt"),
        ({"created": CREATED.replace(tzinfo=None)}, "created"),
    ],
)
def test_a_record_against_the_rules_cannot_be(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ConsentRefusedError, match=why) as caught:
        record(**changes)
    assert caught.value.reason == "consent_invalid"
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": ()},
        {"rooms": ()},
        {"rooms": ("all", "kitchen")},
        {"rooms": ("",)},
        {"rooms": ("a\nb",)},
        {"rooms": ("x" * 101,)},
        {"rooms": tuple(f"room {number}" for number in range(101))},
        {"senders": ("phone",)},
        {"until": datetime(2027, 1, 1)},  # noqa: DTZ001 – a time without zone is the case
    ],
)
def test_a_scope_without_sense_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(ConsentRefusedError, match="scope"):
        scope(**changes)


def test_hours_are_whole_minutes_and_not_empty() -> None:
    for start, end in ((time(7), time(7)), (time(7, 0, 1), time(8))):
        with pytest.raises(ConsentRefusedError, match="hours"):
            Hours(start, end)


def test_consent_lasts_a_year_and_at_most_two() -> None:
    assert default_until(CREATED, SubjectStatus.LIVING) == CREATED.replace(year=2027)
    assert latest_until(CREATED, SubjectStatus.LIVING) == CREATED.replace(year=2028)
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert default_until(leap, SubjectStatus.LIVING) == datetime(2029, 2, 28, tzinfo=UTC)


def test_a_childs_consent_is_reviewed_after_half_a_year_and_ends_with_childhood() -> None:
    assert default_until(CREATED, SubjectStatus.MINOR, 2018) == datetime(
        2027, 5, 21, 4, 30, tzinfo=UTC
    )
    assert latest_until(CREATED, SubjectStatus.MINOR, 2009) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", SubjectStatus)
def test_what_is_asked_for_by_default_can_be_agreed_to(status: SubjectStatus) -> None:
    who: dict[SubjectStatus, dict[str, Any]] = {
        SubjectStatus.LIVING: {},
        SubjectStatus.MINOR: child(),
        SubjectStatus.DECEASED: late(),
    }
    until = default_until(CREATED, status, 2018)
    record(**who[status], scope=scope(purposes=DEFAULT_PURPOSES[status], until=until))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("version",), "1"),
        (("extra",), "x"),
        (("subject",), []),
        (("subject", "status"), "ghost"),
        (("subject", "extra"), 1),
        (("subject", "birth_year"), 1.5),
        (("grantor", "evidence"), [1]),
        (("scope", "until"), "tomorrow"),
        (("scope", "until"), "2027-13-01T00:00:00Z"),
        (("scope", "hours"), ["25:00-26:00"]),
        (("scope", "purposes"), ["crime"]),
        (("scope", "purposes"), ["stories", "greetings"]),
        (("scope", "rooms"), "kitchen"),
        (("samples",), [{}]),
        (("statement", "audio_ms"), True),
        (("statement", "text"), "\ud800"),
        (("challenge",), None),
    ],
)
def test_a_file_that_is_no_record_is_refused(path: tuple[str, ...], value: object) -> None:
    raw = record().to_json()
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ConsentRefusedError) as caught:
        ConsentRecord.from_json(raw)
    assert caught.value.reason == "consent_invalid"

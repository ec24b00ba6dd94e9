"""No bytes, and no change of a proof, are taken for a proof of anything else."""

import base64
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from voices.audit.entries import Begun, Ended
from voices.audit.sealing import line_key, sealed_body
from voices.consent.ledger_events import Book, EventType
from voices.consent.ledger_line import Head, write_line
from voices.consent.signing import SigningKey
from voices.purpose import Purpose
from voices.watermark.keys import epoch_key
from voices.watermark.payload import Payload32
from voices.watermark.proof import expected_signs, signs_digest
from voices.watermark.proof_file import Claim, Proof, ProofError

SECRET, SIGNER = bytes(range(32)), SigningKey.from_bytes(bytes([7] * 32))
SIGNS = expected_signs(epoch_key(SECRET, 2966), Payload32(1, 0, 5), 40, 1.0)
AT = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
BEGUN = Begun(
    announcement_id="dinner",
    voice="k",
    slot=0,
    purpose=Purpose.ANNOUNCEMENTS,
    sender="mqtt",
    room="kitchen",
    epoch=2966,
    start_phase=40,
    at=AT,
)
ENDED = Ended(
    outcome="spoken",
    reason=None,
    duration_ms=1000,
    text_mac="0" * 64,
    signs_digest=signs_digest(SIGNS),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def proof_of(begun: dict[str, Any], ended: dict[str, Any]) -> Proof:
    """Signed and sealed as it should be, whatever it says."""
    first = sealed_body(SECRET, EventType.SPEECH_BEGUN, begun)
    second = sealed_body(SECRET, EventType.SPEECH_ENDED, ended)
    lines = [
        write_line(kind, body, after=after, at=AT, signer=SIGNER, book=Book.AUDIT)[1]
        for kind, body, after in (
            (EventType.SPEECH_BEGUN, first, Head(seq=4, hash="a" * 64)),
            (EventType.SPEECH_ENDED, second, Head(seq=5, hash="b" * 64)),
        )
    ]
    return Proof(
        public_key=SIGNER.public,
        begun_line=lines[0].raw,
        begun_key=line_key(SECRET, first),
        ended_line=lines[1].raw,
        ended_key=line_key(SECRET, second),
        signs=SIGNS,
    )


@cache
def good() -> bytes:
    return proof_of(BEGUN.to_json(), {"number": 5, **ENDED.to_json()}).to_bytes()


def outcome(data: bytes) -> Claim | str:
    try:
        return Proof.from_bytes(data).verified(SIGNER.public)
    except ProofError as error:
        return error.reason


def facts(claim: Claim) -> tuple[object, ...]:
    return claim.announcement_id, claim.at, claim.room, claim.duration_s, claim.signs.tobytes()


def test_a_proof_says_what_was_logged() -> None:
    claim = outcome(good())

    assert isinstance(claim, Claim)
    assert (claim.announcement_id, claim.at, claim.purpose) == ("dinner", AT, "announcements")
    assert (claim.duration_s, claim.kid, len(claim.signs)) == (1.0, SIGNER.kid, 63)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert outcome(data) == "not_a_proof"


@given(json_values)
def test_any_json_is_refused(value: object) -> None:
    assert outcome(json.dumps(value).encode()) == "not_a_proof"


@given(name=st.sampled_from(sorted(json.loads(good()))), value=json_values)
def test_any_value_in_the_place_of_a_part_is_refused(name: str, value: object) -> None:
    assert isinstance(outcome(json.dumps({**json.loads(good()), name: value}).encode()), str)


@given(at=st.integers(0, len(good()) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_changes_what_is_said(at: int, bit: int) -> None:
    """White space, the case of hexadecimal digits and unused bits of base64 may change."""
    changed = bytearray(good())
    changed[at] ^= 1 << bit
    found, right = outcome(bytes(changed)), outcome(good())

    assert isinstance(right, Claim)
    assert isinstance(found, str) or facts(found) == facts(right)


@settings(max_examples=60)
@given(
    name=st.sampled_from([*BEGUN.to_json(), *ENDED.to_json(), "number", "other"]), value=json_values
)
def test_whatever_somebody_signs_is_read_or_refused(name: str, value: object) -> None:
    begun = BEGUN.to_json()
    ended: dict[str, Any] = {"number": 5, **ENDED.to_json()}
    for said in (begun, ended):
        if name in said or name == "other":
            said[name] = value
    if len(json.dumps([begun, ended], ensure_ascii=False).encode(errors="replace")) < 2000:
        assert isinstance(outcome(proof_of(begun, ended).to_bytes()), Claim | str)


def test_a_moment_that_no_clock_shows_is_refused() -> None:
    for year in ("0001", "9999"):
        begun = {**BEGUN.to_json(), "at": f"{year}-01-01T00:00:00Z"}
        proof = proof_of(begun, {"number": 5, **ENDED.to_json()})
        assert outcome(proof.to_bytes()) == "not_a_proof"


def test_a_thousand_brackets_are_refused() -> None:
    deep = b"[" * 30_000
    parts = json.loads(good())
    for name in ("begun_line", "ended_line"):
        assert outcome(json.dumps({**parts, name: deep[:8000].decode()}).encode()) == "not_a_proof"
    assert outcome(deep) == "not_a_proof"
    assert outcome(good() + b" " * 70_000) == "not_a_proof"
    huge = base64.b64encode(b"\x12\x00" + bytes(40_000)).decode()
    assert isinstance(outcome(json.dumps({**parts, "signs": huge}).encode()), str)

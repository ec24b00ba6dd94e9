"""What holds for any event, any record and any bytes in the place of a ledger."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.test_consent_record import record
from voices.consent.canonical import canonical, parse
from voices.consent.ledger import Ledger, verify_ledger
from voices.consent.ledger_events import EventType
from voices.consent.ledger_line import read_line, write_line
from voices.consent.matching import error_rate
from voices.consent.record import ConsentRecord
from voices.consent.signing import SigningKey
from voices.consent.statements import LANGUAGES
from voices.durable import DiskFiles
from voices.errors import ConsentRefusedError, LedgerDamagedError

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
KEY = SigningKey.from_bytes(bytes(range(32)))
SEALED: dict[str, int | str] = {"voice_id": "ab" * 16, "consent_id": "cd" * 16, "generation": 1}
FOLDER_IS_REUSED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

texts = st.text(max_size=20)
numbers = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
plain = st.recursive(
    texts | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
ids = st.from_regex(r"[0-9a-f]{8,32}", fullmatch=True)


@given(st.dictionaries(texts, plain, max_size=4))
def test_what_is_canonical_is_read_back_as_it_was(value: dict[str, Any]) -> None:
    try:
        data = canonical(value)
    except ValueError:
        return
    assert parse(data) == value
    assert canonical(parse(data)) == data


@given(st.binary(max_size=200) | st.builds(json.dumps, anything).map(str.encode))
def test_any_bytes_are_canonical_or_a_value_error(data: bytes) -> None:
    try:
        value = parse(data)
    except ValueError:
        return
    assert canonical(value) == data


def test_depth_and_length_of_numbers_have_bounds() -> None:
    for data in (b'{"a":' * 10_000, b'{"a":' + b"9" * 5000 + b"}", b'{"a":[[[[[[[[[[]]]]]]]]]]}'):
        with pytest.raises(ValueError, match=r".+"):
            parse(data)


@given(ids, ids, st.integers(min_value=0, max_value=2**53 - 1))
def test_any_line_is_read_back_as_it_was(voice: str, consent: str, generation: int) -> None:
    body: dict[str, int | str] = {
        "voice_id": voice,
        "consent_id": consent,
        "generation": generation,
    }
    data, line = write_line(EventType.VOICE_SEALED, body, after=None, at=NOW, signer=KEY)
    assert read_line(data[:-1]) == line
    assert line.event.hash == sha256(data[:-1]).hexdigest()
    assert line.event.body == body


@given(st.binary(max_size=300) | st.builds(json.dumps, anything).map(str.encode))
def test_any_bytes_are_no_line_or_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\bits?\b"):
        read_line(data)


@FOLDER_IS_REUSED
@given(st.binary(max_size=300), st.integers(min_value=0, max_value=900), st.booleans())
def test_garbage_in_a_ledger_gives_findings_or_the_ledgers_own_error(
    tmp_path: Path, garbage: bytes, at: int, replaces: bool
) -> None:
    path = tmp_path / "ledger-0001.jsonl"
    path.unlink(missing_ok=True)
    Ledger.open(tmp_path, DiskFiles()).append(EventType.VOICE_SEALED, SEALED, KEY)
    sound = path.read_bytes()
    path.write_bytes(sound[:at] + garbage + sound[at + len(garbage) * replaces :])
    if path.read_bytes() != sound and not _goes_on(tmp_path):
        found = verify_ledger(tmp_path, DiskFiles())
        assert {finding.file for finding in found} == {"ledger-0001.jsonl"}
    else:
        assert verify_ledger(tmp_path, DiskFiles()) == []


def _goes_on(folder: Path) -> bool:
    """Whether the ledger can be opened, read and continued; false when it says it is damaged."""
    try:
        ledger = Ledger.open(folder, DiskFiles())
        assert len(list(ledger.events())) <= 2
        ledger.append(EventType.VOICE_SEALED, SEALED, KEY)
    except LedgerDamagedError:
        return False
    return True


@given(st.dictionaries(texts, anything, max_size=4))
def test_any_json_is_no_record_but_a_refusal(raw: dict[str, Any]) -> None:
    with pytest.raises(ConsentRefusedError):
        ConsentRecord.from_json(raw)


RECORD = record().to_json()
PLACES = [
    (outer, inner)
    for outer, value in RECORD.items()
    for inner in (value if isinstance(value, dict) else {None: None})
]


@given(st.sampled_from(PLACES), anything)
def test_any_value_anywhere_in_a_record_is_refused_or_harmless(
    place: tuple[str, str | None], value: object
) -> None:
    outer, inner = place
    changed = {**RECORD, outer: value if inner is None else {**RECORD[outer], inner: value}}
    try:
        read = ConsentRecord.from_json(changed)
    except ConsentRefusedError:
        return
    assert read.to_json() == changed
    assert len(read.digest()) == 64


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_the_error_rate_of_any_texts_is_a_sane_number(one: str, two: str, language: str) -> None:
    assert error_rate(one, one, language) == 0.0
    rate = error_rate(one, two, language)
    assert rate >= 0.0
    assert (rate == 0.0) is (error_rate(two, one, language) == 0.0)

"""The ledger of consents: what it writes, reads again, refuses and survives."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.faulty_files import Cut, every_cut, every_failure
from voices.consent.ledger import Head, Ledger
from voices.consent.ledger_chain import Flaw
from voices.consent.ledger_events import EventType
from voices.consent.signing import SigningKey
from voices.durable import DiskFiles, Files
from voices.errors import LedgerDamagedError

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
KEY = SigningKey.from_bytes(bytes(range(32)))
OTHER = SigningKey.from_bytes(bytes(range(1, 33)))
VOICE, CONSENT = "ab" * 16, "cd" * 16
SEALED: dict[str, int | str] = {"voice_id": VOICE, "consent_id": CONSENT, "generation": 1}
SMALL = 2000
"""Bytes at which the files of these tests are full: four or five events."""


def opened(folder: Path, files: Files | None = None, rotate_at: int = SMALL) -> Ledger:
    return Ledger.open(folder, files or DiskFiles(), now=lambda: NOW, rotate_at_bytes=rotate_at)


def seal(ledger: Ledger, number: int) -> int:
    body = {**SEALED, "generation": number}
    return ledger.append(EventType.VOICE_SEALED, body, KEY).seq


def generations(ledger: Ledger) -> list[int | str]:
    events = ledger.events()
    return [event.body["generation"] for event in events if event.type is EventType.VOICE_SEALED]


def filled(folder: Path, count: int = 12) -> Ledger:
    ledger = opened(folder)
    for number in range(count):
        seal(ledger, number)
    return ledger


def types(ledger: Ledger) -> list[EventType]:
    return [event.type for event in ledger.events()]


def test_an_empty_ledger_has_no_head_and_makes_no_file(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger")
    assert ledger.head is None
    assert ledger.kid is None
    assert list(ledger.events()) == []
    assert ledger.verify() == []
    assert not (tmp_path / "ledger").exists()


def test_what_was_appended_is_read_by_the_next_who_opens(tmp_path: Path) -> None:
    written = opened(tmp_path).append(EventType.VOICE_SEALED, SEALED, KEY)
    again = opened(tmp_path)
    genesis, event = again.events()
    assert genesis.type is EventType.GENESIS
    assert event == written
    assert event.body == SEALED
    assert event.at == NOW
    assert again.head == Head(seq=2, hash=written.hash)
    assert again.kid == KEY.kid == event.kid


def test_full_files_are_closed_and_continued_in_the_next(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[:2] == ["ledger-0001.jsonl", "ledger-0002.jsonl"]
    assert len(names) >= 3
    assert all(path.stat().st_size < SMALL + 1200 for path in tmp_path.iterdir())
    assert generations(ledger) == generations(opened(tmp_path)) == list(range(12))
    assert ledger.verify(ledger.head, KEY.public) == []
    closing = types(ledger).index(EventType.CHECKPOINT)
    assert types(ledger)[closing + 1] is EventType.CONTINUED


def test_numbers_have_no_gap_over_all_files(tmp_path: Path) -> None:
    events = list(filled(tmp_path).events())
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_events_after_any_number_are_the_rest(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    everything = list(ledger.events())
    for after in range(len(everything) + 2):
        assert list(ledger.events(after)) == everything[after:]


def test_an_event_of_a_known_id_is_not_added_again(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    promised = "12" * 16
    first = ledger.append_once(promised, EventType.VOICE_SEALED, SEALED, KEY)
    assert first is not None
    assert first.body["event_id"] == promised
    for number in range(20):
        seal(ledger, number)
    head = ledger.head
    again = opened(tmp_path)
    assert again.append_once(promised, EventType.VOICE_SEALED, SEALED, KEY) is None
    assert again.head == head
    assert again.append_once("34" * 16, EventType.VOICE_SEALED, SEALED, KEY) is not None


def test_a_new_key_signs_from_its_line_on(tmp_path: Path) -> None:
    ledger = filled(tmp_path, 3)
    ledger.rotate_key(KEY, OTHER)
    assert ledger.kid == OTHER.kid
    with pytest.raises(LedgerDamagedError, match="another key"):
        seal(ledger, 4)
    for number in range(10):
        ledger.append(EventType.VOICE_SEALED, {**SEALED, "generation": number}, OTHER)
    assert opened(tmp_path).kid == OTHER.kid
    assert ledger.verify(ledger.head, KEY.public) == []


def test_a_key_changes_only_in_a_ledger_that_began(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.rotate_key(KEY, OTHER)
    assert types(ledger) == [EventType.GENESIS, EventType.KEY_ROTATED]
    assert ledger.verify() == []


def test_two_who_take_turns_see_each_others_events(tmp_path: Path) -> None:
    one, two = opened(tmp_path), opened(tmp_path)
    for number in range(0, 20, 2):
        seal(one, number)
        seal(two, number + 1)
    assert generations(one) == list(range(20))
    assert one.verify(two.head) == []
    one.refresh()
    assert one.head == two.head


def test_the_ledger_notices_when_it_is_cut_while_in_use(tmp_path: Path) -> None:
    ledger = filled(tmp_path, 3)
    path = tmp_path / "ledger-0001.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(LedgerDamagedError, match="shorter"):
        seal(ledger, 4)


@pytest.mark.parametrize("torn", [b"{", b'{"body":{', bytes(300), b"\0\0\0\n", b"\xff\xfe"])
def test_a_torn_end_is_cut_off_and_told(tmp_path: Path, torn: bytes) -> None:
    filled(tmp_path, 2)
    path = tmp_path / "ledger-0001.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    ledger = opened(tmp_path)
    assert generations(ledger) == [0, 1]
    assert [finding.flaw for finding in ledger.verify(ledger.head)] == [Flaw.TORN]
    assert path.read_bytes() == whole + torn
    seal(ledger, 2)
    assert generations(ledger) == [0, 1, 2]
    recovered = next(e for e in ledger.events() if e.type is EventType.RECOVERED)
    assert recovered.body == {"file": 1, "dropped_bytes": len(torn)}
    assert ledger.verify(ledger.head) == []


def test_the_ledgers_own_lines_are_not_for_others_to_write(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    with pytest.raises(ValueError, match="itself"):
        ledger.append(EventType.CHECKPOINT, {"file": 1, "next_file": 2}, KEY)
    with pytest.raises(ValueError, match="itself"):
        ledger.append_once("12" * 16, EventType.GENESIS, {"public_key": "ab" * 32}, KEY)


@pytest.mark.parametrize(
    "body",
    [
        {**SEALED, "name": "Anna"},
        {**SEALED, "voice_id": "anna"},
        {**SEALED, "voice_id": "Grandma Anna"},
        {**SEALED, "generation": "Anna says hello"},
        {**SEALED, "generation": -1},
        {**SEALED, "generation": True},
        {**SEALED, "engine": "Anna's voice"},
        {**SEALED, "event_id": "anna"},
        {"voice_id": VOICE, "consent_id": CONSENT},
        {},
    ],
)
def test_nothing_but_the_listed_facts_gets_in(tmp_path: Path, body: dict[str, int | str]) -> None:
    ledger = opened(tmp_path)
    with pytest.raises(ValueError, match="voice") as caught:
        ledger.append(EventType.VOICE_SEALED, body, KEY)
    assert "nna" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [1.0, None, ["x"], {"x": 1}, b"x"])
def test_values_other_than_whole_numbers_and_texts_are_refused(
    tmp_path: Path, value: object
) -> None:
    body: dict[str, Any] = {**SEALED, "generation": value}
    with pytest.raises(ValueError, match="form"):
        opened(tmp_path).append(EventType.VOICE_SEALED, body, KEY)


def nothing(_folder: Path) -> None:
    """An empty folder to begin with."""


def promise_four(folder: Path, files: Files) -> None:
    """As whoever redoes what a committed transaction promised: over and over until it is there."""
    ledger = opened(folder, files, rotate_at=1200)
    for number in range(4):
        body = {**SEALED, "generation": number}
        ledger.append_once(f"{number:032x}", EventType.VOICE_SEALED, body, KEY)


def test_a_power_cut_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    cuts: list[Cut] = []
    for cut in every_cut(nothing, promise_four, tmp_path):
        before = generations(opened(cut.folder))
        assert before == list(range(len(before)))
        assert {finding.flaw for finding in opened(cut.folder).verify()} <= {Flaw.TORN}
        promise_four(cut.folder, DiskFiles())
        ledger = opened(cut.folder)
        assert generations(ledger) == list(range(4))
        assert ledger.verify(ledger.head, KEY.public) == []
        cuts.append(cut)
    assert len(cuts) > 8
    assert cuts[-1].finished


def test_what_append_returned_from_survives_any_later_cut(tmp_path: Path) -> None:
    acknowledged: list[Head] = []

    def action(folder: Path, files: Files) -> None:
        acknowledged.clear()
        ledger = opened(folder, files, rotate_at=1200)
        for number in range(4):
            seal(ledger, number)
            assert ledger.head is not None
            acknowledged.append(ledger.head)

    for cut in every_cut(nothing, action, tmp_path):
        if acknowledged:
            flaws = {finding.flaw for finding in opened(cut.folder).verify(acknowledged[-1])}
            assert flaws <= {Flaw.TORN}


def test_a_disk_that_refuses_once_leaves_a_ledger_that_goes_on(tmp_path: Path) -> None:
    def action(folder: Path, files: Files) -> None:
        ledger = opened(folder, files, rotate_at=1200)
        for number in range(4):
            event_id, body = f"{number:032x}", {**SEALED, "generation": number}
            try:
                ledger.append_once(event_id, EventType.VOICE_SEALED, body, KEY)
            except OSError:
                ledger.append_once(event_id, EventType.VOICE_SEALED, body, KEY)

    full = "no space left on device"
    for cut, raised in every_failure(nothing, action, tmp_path, lambda: OSError(full)):
        assert raised is None
        ledger = opened(cut.folder)
        assert generations(ledger) == list(range(4))
        assert ledger.verify(ledger.head) == []


def peak_of_reading(folder: Path) -> int:
    tracemalloc.start()
    try:
        assert sum(1 for _event in opened(folder).events()) > 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_longer_ledger_takes_no_more_memory_to_read(tmp_path: Path) -> None:
    ledger = opened(tmp_path, rotate_at=16_384)
    for number in range(80):
        seal(ledger, number)
    short = peak_of_reading(tmp_path)
    for number in range(450):
        seal(ledger, number)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 200_000
    assert peak_of_reading(tmp_path) < short + 30_000

"""The audit log: what it writes, reads again, keeps to itself and forgets."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.audit_log import (
    ID,
    KEY,
    LONG_AGO,
    NOW,
    ROOM,
    SECRET,
    SENDER,
    TEXT,
    VOICE,
    anchor,
    begun,
    ended,
    findings,
    folder,
    opened,
    said,
    say,
)
from voices.audit.sealing import line_key, open_body
from voices.consent.ledger_events import EventType
from voices.consent.ledger_line import read_line
from voices.consent.signing import SigningKey
from voices.errors import LedgerDamagedError
from voices.vault.crypto import BadSealError
from voices.watermark.payload import Payload32


def test_an_utterance_is_read_as_it_was_recorded(tmp_path: Path) -> None:
    log = opened(tmp_path)
    number = say(log)
    (utterance,) = opened(tmp_path).utterances()
    assert (utterance.number, utterance.begun, utterance.ended) == (number, begun(), ended(log))
    assert utterance.payload == Payload32(1, 3, number)
    assert read_line(utterance.line).event.seq == number
    assert utterance.ended_line is not None
    assert read_line(utterance.ended_line).event.type is EventType.SPEECH_ENDED
    assert findings(tmp_path, head=log.head) == []


def test_utterances_that_overlap_are_read_in_the_order_they_began(tmp_path: Path) -> None:
    log = opened(tmp_path)
    story, bell, cut = (log.begin(begun(name)) for name in ("story", "bell", "cut"))
    say(log, "later")
    log.end(bell, ended(log))
    log.end(story, ended(log, outcome="interrupted"))
    found = [(u.number, u.begun.announcement_id, u.ended is None) for u in log.utterances()]
    names = [(number, name) for number, name, _ in found]
    assert names[:3] == [(story, "story"), (bell, "bell"), (cut, "cut")]
    assert [name for _, name, open_ in found if open_] == ["cut"]
    assert len(found) == 4


def test_the_files_hold_nothing_of_it_in_the_clear(tmp_path: Path) -> None:
    say(opened(tmp_path))
    content = b"".join(path.read_bytes() for path in folder(tmp_path).iterdir())
    for text in (ID, ROOM, SENDER, TEXT, VOICE, "stories", "spoken"):
        assert text.encode() not in content


def test_the_size_of_a_line_tells_nothing_of_names(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for name in ("a", "a-rather-longer-one"):
        say(log, name)
    one, other = log.utterances()
    assert len(one.line) == len(other.line)


def test_the_key_of_one_line_opens_no_other(tmp_path: Path) -> None:
    log = opened(tmp_path)
    say(log, "one")
    say(log, "other")
    one, other = (read_line(each.line).event for each in log.utterances())
    key = line_key(SECRET, one.body)
    assert open_body(key, one.type, one.body)["announcement_id"] == "one"
    with pytest.raises(BadSealError):
        open_body(key, other.type, other.body)
    with pytest.raises(BadSealError):
        open_body(key, EventType.SPEECH_ENDED, one.body)


def test_equal_texts_and_only_these_have_equal_macs(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert log.text_mac("hello") == log.text_mac("hello") != log.text_mac("hello ")


def test_a_name_that_is_too_long_is_refused_and_the_longest_fits(tmp_path: Path) -> None:
    log = opened(tmp_path)
    say(log, "\U0001f600" * 256)
    assert said(log) == ["\U0001f600" * 256]
    with pytest.raises(ValueError, match="longer"):
        begun("x" * 257)


def test_a_new_key_signs_from_its_line_on_and_both_are_the_households(tmp_path: Path) -> None:
    new = SigningKey.generate()
    log = opened(tmp_path)
    say(log, "before")
    log.rotate_key(new)
    say(log, "after")
    assert said(opened(tmp_path, signer=new)) == ["before", "after"]
    assert findings(tmp_path) == findings(tmp_path, root_key=new.public) == []
    with pytest.raises(LedgerDamagedError, match="another key"):
        say(opened(tmp_path))


def test_threads_and_others_take_turns(tmp_path: Path) -> None:
    logs = [opened(tmp_path), opened(tmp_path)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: say(logs[n % 2], f"{n}"), range(24)))
    assert len(set(numbers)) == 24
    assert set(said(opened(tmp_path))) == {f"{n}" for n in range(24)}
    assert findings(tmp_path) == []


def test_what_began_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    program = """
        import os, signal, sys
        from pathlib import Path
        from tests.fakes.audit_log import begun, opened, say
        log = opened(Path(sys.argv[1]))
        say(log, "first")
        log.begin(begun("second"))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], check=False
    )
    assert done.returncode == -9
    first, second = opened(tmp_path).utterances()
    assert first.ended is not None
    assert (second.begun.announcement_id, second.ended) == ("second", None)
    assert findings(tmp_path) == []


def filled_and_pruned(root: Path) -> int:
    old = opened(root, at=LONG_AGO)
    for number in range(12):
        say(old, f"old {number}", at=LONG_AGO)
    new = opened(root)
    for number in range(4):
        say(new, f"new {number}")
    return new.prune(NOW - timedelta(days=400))


def test_pruning_takes_old_files_and_what_stays_still_verifies(tmp_path: Path) -> None:
    removed = filled_and_pruned(tmp_path)
    log = opened(tmp_path)
    names = sorted(path.name for path in folder(tmp_path).glob("*.jsonl"))
    assert "ledger-0001.jsonl" not in names
    left = said(log)
    assert left[-4:] == [f"new {number}" for number in range(4)]
    assert removed + 2 * len(left) in (32, 31)
    assert removed > 16
    assert findings(tmp_path, head=log.head) == []
    say(log, "next")
    assert findings(tmp_path, head=log.head) == []
    assert log.prune(NOW - timedelta(days=400)) == 0


def test_the_last_file_is_never_pruned(tmp_path: Path) -> None:
    filled_and_pruned(tmp_path)
    log = opened(tmp_path)
    log.prune(NOW + timedelta(days=9000))
    assert len(list(folder(tmp_path).glob("*.jsonl"))) == 1
    assert findings(tmp_path, head=log.head) == []
    say(opened(tmp_path), "goes on")
    assert findings(tmp_path) == []


def test_a_head_noted_before_the_pruning_is_still_good(tmp_path: Path) -> None:
    old = opened(tmp_path, at=LONG_AGO)
    say(old)
    noted = old.head
    filled_and_pruned(tmp_path)
    assert findings(tmp_path, head=noted) == []


def test_a_damaged_file_is_not_pruned_away(tmp_path: Path) -> None:
    old = opened(tmp_path, at=LONG_AGO)
    for number in range(6):
        say(old, f"{number}")
    path = folder(tmp_path) / "ledger-0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"2025-07", b"2025-06"))
    with pytest.raises(LedgerDamagedError, match="ledger-0001"):
        opened(tmp_path).prune(NOW)
    assert path.exists()


def test_where_there_is_nothing_nothing_is_made_by_looking(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert list(log.utterances()) == []
    assert log.head is None
    assert findings(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_another_vaults_secret_opens_no_line(tmp_path: Path) -> None:
    say(opened(tmp_path))
    stranger = opened(tmp_path)
    stranger._secret = bytes(range(32))
    with pytest.raises(LedgerDamagedError, match="another vault"):
        list(stranger.utterances())


def test_the_anchor_is_private_and_apart(tmp_path: Path) -> None:
    log = opened(tmp_path)
    say(log)
    assert anchor(tmp_path).stat().st_mode & 0o777 == 0o600
    assert log.head is not None
    assert log.head.hash in anchor(tmp_path).read_text()
    assert KEY.kid not in anchor(tmp_path).read_text()

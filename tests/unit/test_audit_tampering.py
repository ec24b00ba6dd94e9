"""Whoever changes the audit log is found out, and where."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.audit_log import (
    KEY,
    LONG_AGO,
    NOW,
    SECRET,
    anchor,
    begun,
    findings,
    folder,
    opened,
    say,
)
from tests.fakes.line_changes import Lines, doubled, removed, swapped
from tests.unit.test_ledger_tampering import Altered
from voices.audit.rollback import OLDER
from voices.consent.ledger import Ledger
from voices.consent.ledger_chain import Flaw
from voices.consent.ledger_events import Body, Book, EventType
from voices.consent.signing import SigningKey
from voices.durable import DiskFiles
from voices.errors import LedgerDamagedError

FIRST = "ledger-0001.jsonl"


def filled(root: Path, utterances: int = 6) -> None:
    log = opened(root)
    for number in range(utterances):
        say(log, f"{number}")


def lines_of(path: Path) -> Lines:
    return path.read_bytes().splitlines(keepends=True)


def test_every_single_byte_that_is_changed_is_found_and_its_line_named(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    for path in sorted(folder(tmp_path).glob("*.jsonl")):
        disk = Altered(path)
        sound = disk.content
        for at in range(len(sound)):
            disk.content = sound
            disk.content = disk.flipped(8 * at + at % 8)
            line = sound.count(b"\n", 0, at) + 1
            assert (path.name, line) in {(f.file, f.line) for f in findings(tmp_path, disk)}, at


def test_every_single_byte_of_the_anchor_counts(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    disk = Altered(anchor(tmp_path))
    sound = disk.content
    for at in range(len(sound) - 1):
        disk.content = sound
        disk.content = disk.flipped(8 * at + at % 8)
        assert findings(tmp_path, disk), at


def with_rubbish(lines: Lines) -> Lines:
    return [lines[0], b"{}\n", *lines[1:]]


def cut_short(lines: Lines) -> Lines:
    return lines[:-1]


@pytest.mark.parametrize(
    ("change", "line", "flaw"),
    [
        (swapped, 2, Flaw.NUMBER),
        (removed, 2, Flaw.NUMBER),
        (doubled, 3, Flaw.NUMBER),
        (with_rubbish, 2, Flaw.UNREADABLE),
        (cut_short, 6, Flaw.FILE),
    ],
)
def test_lines_that_are_moved_or_missing_are_named(
    tmp_path: Path, change: Callable[[Lines], Lines], line: int, flaw: Flaw
) -> None:
    filled(tmp_path)
    path = folder(tmp_path) / FIRST
    lines = lines_of(path)
    assert len(lines) == 6
    path.write_bytes(b"".join(change(lines)))
    found = findings(tmp_path)[0]
    assert (found.file, found.line, found.flaw) == (FIRST, line, flaw)


def test_a_log_that_was_chained_anew_without_the_key_is_refused_in_every_line(
    tmp_path: Path,
) -> None:
    filled(tmp_path, 2)
    thief = SigningKey.generate()
    thiefs = Ledger.open(
        tmp_path / "forged", DiskFiles(), now=lambda: NOW, rotate_at_bytes=3000, book=Book.AUDIT
    )
    for line in lines_of(folder(tmp_path) / FIRST)[1:4]:
        sealed = line.split(b'"sealed":"')[1].split(b'"')[0].decode()
        thiefs.append(EventType.SPEECH_BEGUN, {"sealed": sealed}, thief)
    forged = (tmp_path / "forged" / FIRST).read_bytes()
    own = thief.public.hex().encode(), thief.kid.encode()
    for old, new in zip(own, (KEY.public.hex().encode(), KEY.kid.encode()), strict=True):
        forged = forged.replace(old, new)
    (folder(tmp_path) / FIRST).write_bytes(forged)
    flaws = [f.flaw for f in findings(tmp_path) if f.file == FIRST]
    assert flaws.count(Flaw.SIGNATURE) >= 4


def test_another_households_log_is_not_ours(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    assert [f.flaw for f in findings(tmp_path, root_key=bytes(32))] == [Flaw.KEY]


def test_the_consent_ledger_does_not_pass_for_the_audit_log(tmp_path: Path) -> None:
    ledger = Ledger.open(folder(tmp_path), DiskFiles())
    ledger.append(EventType.VAULT_CREATED, {"vault_id": "ab" * 16}, KEY)
    assert {f.flaw for f in findings(tmp_path)} == {Flaw.SIGNATURE, Flaw.UNREADABLE}
    with pytest.raises(LedgerDamagedError):
        opened(tmp_path)


def put_back(root: Path) -> None:
    """Bring the folder of data back as it was three utterances ago."""
    filled(root, 3)
    shutil.copytree(folder(root), root / "older")
    filled(root, 3)
    shutil.rmtree(folder(root))
    (root / "older").rename(folder(root))


@pytest.mark.parametrize("secret", [SECRET, None])
def test_an_older_copy_shows_and_nothing_is_added_to_it(
    tmp_path: Path, secret: bytes | None
) -> None:
    put_back(tmp_path)
    (found,) = findings(tmp_path, secret=secret)
    assert (found.flaw, found.text) == (Flaw.TRUNCATED, OLDER)
    before = [path.read_bytes() for path in sorted(folder(tmp_path).glob("*.jsonl"))]
    with pytest.raises(LedgerDamagedError, match="older than what was last written") as caught:
        opened(tmp_path).begin(begun())
    assert (caught.value.reason, caught.value.hint) == (
        "audit_rolled_back",
        "hub-agent audit verify",
    )
    assert before == [path.read_bytes() for path in sorted(folder(tmp_path).glob("*.jsonl"))]


def accepted(root: Path) -> list[Body]:
    """What the lines say that accept a rollback."""
    events = (line.event for line in opened(root).lines())
    return [event.body for event in events if event.type is EventType.AUDIT_ACCEPTED]


def test_an_older_copy_can_be_accepted_which_stays_on_record_with_what_was_lost(
    tmp_path: Path,
) -> None:
    put_back(tmp_path)
    newest = json.loads(anchor(tmp_path).read_text())
    assert opened(tmp_path).accept_rollback()
    say(opened(tmp_path), "goes on")
    assert findings(tmp_path) == []
    assert accepted(tmp_path) == [{"through": newest["seq"], "through_hash": newest["hash"]}]
    assert not opened(tmp_path).accept_rollback()


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"mac":"', b'"mac":"0'))


@pytest.mark.parametrize(
    ("take", "reason"),
    [(Path.unlink, "audit_anchor_missing"), (spoil, "audit_anchor_changed")],
)
def test_without_its_anchor_a_log_takes_nothing_until_that_is_accepted(
    tmp_path: Path, take: Callable[[Path], None], reason: str
) -> None:
    filled(tmp_path, 3)
    take(anchor(tmp_path))
    with pytest.raises(LedgerDamagedError) as caught:
        opened(tmp_path).begin(begun())
    assert (caught.value.reason, caught.value.hint) == (reason, "hub-agent audit verify")
    assert opened(tmp_path).accept_rollback()
    assert accepted(tmp_path) == [{}]
    say(opened(tmp_path))
    assert findings(tmp_path) == []


def test_accepting_hides_no_damage_and_adds_nothing_to_a_sound_log(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    assert not opened(tmp_path).accept_rollback()
    assert accepted(tmp_path) == []
    put_back(tmp_path)
    log = opened(tmp_path)
    last = max(folder(tmp_path).glob("*.jsonl"))
    last.write_bytes(last.read_bytes().replace(b'"seq":', b'"seq":1', 1))
    with pytest.raises(LedgerDamagedError):
        log.accept_rollback()
    assert findings(tmp_path) != []


def test_a_log_that_is_gone_can_be_begun_anew_and_tells_what_it_replaces(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    newest = json.loads(anchor(tmp_path).read_text())
    shutil.rmtree(folder(tmp_path))
    assert opened(tmp_path).accept_rollback()
    assert accepted(tmp_path) == [{"through": newest["seq"], "through_hash": newest["hash"]}]
    assert findings(tmp_path) == []


def test_another_key_cannot_accept(tmp_path: Path) -> None:
    put_back(tmp_path)
    before = max(folder(tmp_path).glob("*.jsonl")).read_bytes()
    with pytest.raises(LedgerDamagedError, match="another key"):
        opened(tmp_path, signer=SigningKey.generate()).accept_rollback()
    assert max(folder(tmp_path).glob("*.jsonl")).read_bytes() == before


def test_a_head_that_was_noted_shows_what_the_anchor_no_longer_can(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    shutil.copytree(tmp_path, tmp_path / "copy")
    filled(tmp_path, 3)
    noted = opened(tmp_path).head
    assert findings(tmp_path / "copy") == []
    assert [f.flaw for f in findings(tmp_path / "copy", head=noted)] == [Flaw.TRUNCATED]
    say(opened(tmp_path / "copy"), "something else")
    for _ in range(4):
        say(opened(tmp_path / "copy"), "to be as long as before")
    assert [f.flaw for f in findings(tmp_path / "copy", head=noted)] == [Flaw.REWRITTEN]


def test_a_log_that_is_gone_shows_against_its_anchor(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    shutil.rmtree(folder(tmp_path))
    assert [f.flaw for f in findings(tmp_path)] == [Flaw.TRUNCATED]


def test_a_forged_anchor_and_a_missing_one_are_found(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    shutil.copytree(folder(tmp_path), tmp_path / "older")
    text = anchor(tmp_path).read_text()
    filled(tmp_path, 2)
    anchor(tmp_path).write_text(text.replace('"mac":"', '"mac":"0'))
    assert [f.flaw for f in findings(tmp_path)] == [Flaw.ANCHOR]
    with pytest.raises(LedgerDamagedError, match="another vault"):
        say(opened(tmp_path))
    anchor(tmp_path).unlink()
    assert [(f.flaw, f.file) for f in findings(tmp_path)] == [(Flaw.ANCHOR, "audit.anchor")]


def pruned(root: Path) -> list[Path]:
    old = opened(root, at=LONG_AGO)
    for number in range(6):
        say(old, f"old {number}", at=LONG_AGO)
    new = opened(root)
    for number in range(6):
        say(new, f"new {number}")
    assert new.prune(NOW) > 0
    assert findings(root) == []
    return sorted(folder(root).glob("*.jsonl"))


def test_a_file_that_was_removed_without_being_pruned_is_missed(tmp_path: Path) -> None:
    filled(tmp_path)
    (folder(tmp_path) / FIRST).unlink()
    (found,) = findings(tmp_path)
    assert (found.file, found.text) == ("ledger-0002.jsonl", "the files before it are missing")


def test_a_log_begins_nowhere_but_where_its_pruning_ended(tmp_path: Path) -> None:
    files = pruned(tmp_path)
    files[0].unlink()
    assert (findings(tmp_path)[0].file, findings(tmp_path)[0].flaw) == (files[1].name, Flaw.FILE)


def test_a_pruning_that_the_key_did_not_sign_is_not_believed(tmp_path: Path) -> None:
    files = pruned(tmp_path)
    last = lines_of(files[1])[-1]
    claims = lines_of(files[-1])
    assert last
    forged = [line.replace(b'"first_file":', b'"first_file":1') for line in claims]
    files[-1].write_bytes(b"".join(forged))
    assert findings(tmp_path) != []

"""Whoever changes the ledger is found out, and where."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.line_changes import Lines, doubled, removed, swapped
from voices.consent.ledger import Finding, Head, Ledger, verify_ledger
from voices.consent.ledger_chain import Flaw
from voices.consent.ledger_events import EventType
from voices.consent.ledger_line import write_line
from voices.consent.signing import SigningKey
from voices.durable import DiskFiles
from voices.errors import LedgerDamagedError

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
KEY = SigningKey.from_bytes(bytes(range(32)))
THIEF = SigningKey.from_bytes(bytes(range(1, 33)))
SEALED: dict[str, int | str] = {"voice_id": "ab" * 16, "consent_id": "cd" * 16, "generation": 1}
FILES = DiskFiles()
FIRST, SECOND = "ledger-0001.jsonl", "ledger-0002.jsonl"


class Altered(DiskFiles):
    """A disk that gives other content for one file, without being written to each time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = path.read_bytes()

    def read(self, path: Path, max_bytes: int) -> bytes:
        return self.content if path == self.path else super().read(path, max_bytes)

    def flipped(self, bit: int) -> bytes:
        flipped = bytearray(self.content)
        flipped[bit // 8] ^= 1 << bit % 8
        return bytes(flipped)


def made(folder: Path, count: int, rotate_at: int = 1000, key: SigningKey = KEY) -> Head:
    ledger = Ledger.open(folder, FILES, now=lambda: NOW, rotate_at_bytes=rotate_at)
    for number in range(count):
        ledger.append(EventType.VOICE_SEALED, {**SEALED, "generation": number}, key)
    assert ledger.head is not None
    return ledger.head


def findings(folder: Path, head: Head | None = None) -> list[Finding]:
    return verify_ledger(folder, FILES, head, KEY.public)


def lines_of(folder: Path, name: str) -> Lines:
    return (folder / name).read_bytes().splitlines(keepends=True)


def named(data: bytes, at: int) -> int:
    """The line, counted from 1, of the byte at that place."""
    return data.count(b"\n", 0, at) + 1


def flaws_are_found(folder: Path, name: str, head: Head, bits: range) -> bool:
    """Whether each of these bits, flipped alone, is found in its file and line."""
    disk = Altered(folder / name)
    sound = disk.content
    for bit in bits:
        disk.content = sound
        disk.content = disk.flipped(bit)
        found = verify_ledger(folder, disk, head, KEY.public)
        if (name, named(sound, bit // 8)) not in {(f.file, f.line) for f in found}:
            return False
    return True


def test_every_flipped_bit_is_found_and_its_line_named(tmp_path: Path) -> None:
    head = made(tmp_path, 1)
    first, second = lines_of(tmp_path, FIRST)
    event = range(len(first) * 8, len(first + second) * 8)
    assert flaws_are_found(tmp_path, FIRST, head, event)
    assert flaws_are_found(tmp_path, FIRST, head, range(0, len(first) * 8, 5))


def test_a_flipped_bit_anywhere_in_several_files_is_found(tmp_path: Path) -> None:
    head = made(tmp_path, 4)
    for path in sorted(tmp_path.iterdir()):
        bits = range(0, path.stat().st_size * 8, 61)
        assert flaws_are_found(tmp_path, path.name, head, bits)
    assert findings(tmp_path, head) == []


def without_first(lines: Lines) -> Lines:
    return lines[1:]


def without_closing(lines: Lines) -> Lines:
    return lines[:-1]


def with_rubbish(lines: Lines) -> Lines:
    return [lines[0], b"hello\n", *lines[1:]]


@pytest.mark.parametrize(
    ("change", "line", "flaw"),
    [
        (swapped, 2, Flaw.NUMBER),
        (removed, 2, Flaw.NUMBER),
        (doubled, 3, Flaw.NUMBER),
        (without_first, 1, Flaw.NUMBER),
        (without_closing, 4, Flaw.FILE),
        (with_rubbish, 2, Flaw.UNREADABLE),
    ],
)
def test_lines_that_are_moved_are_missed_where_they_were(
    tmp_path: Path, change: Callable[[Lines], Lines], line: int, flaw: Flaw
) -> None:
    made(tmp_path, 4)
    lines = lines_of(tmp_path, FIRST)
    assert len(lines) == 4
    (tmp_path / FIRST).write_bytes(b"".join(change(lines)))
    found = findings(tmp_path)
    assert (found[0].file, found[0].line, found[0].flaw) == (FIRST, line, flaw)
    assert str(found[0]).startswith(f"{FIRST}, line {line}: ")
    with pytest.raises(LedgerDamagedError, match=FIRST):
        list(Ledger(tmp_path, FILES, now=lambda: NOW, rotate_at_bytes=1000).events())


def test_a_line_of_a_stranger_does_not_pass_for_ours(tmp_path: Path) -> None:
    head = made(tmp_path, 1)
    line, _ = write_line(EventType.VOICE_SEALED, SEALED, after=head, at=NOW, signer=THIEF)
    with (tmp_path / FIRST).open("ab") as file:
        file.write(line)
    assert [finding.flaw for finding in findings(tmp_path, head)] == [Flaw.SIGNATURE]
    with pytest.raises(LedgerDamagedError, match="line 3"):
        Ledger.open(tmp_path, FILES)


def test_a_ledger_that_was_cut_short_shows_against_its_head(tmp_path: Path) -> None:
    head = made(tmp_path, 1)
    (tmp_path / FIRST).write_bytes(b"".join(lines_of(tmp_path, FIRST)[:-1]))
    assert findings(tmp_path) == []
    (found,) = findings(tmp_path, head)
    assert (found.file, found.line, found.flaw) == (FIRST, 2, Flaw.TRUNCATED)


def test_a_ledger_without_its_files_shows_against_its_head(tmp_path: Path) -> None:
    head = made(tmp_path, 4)
    (tmp_path / SECOND).unlink()
    assert [finding.flaw for finding in findings(tmp_path, head)] == [Flaw.TRUNCATED]
    (tmp_path / FIRST).unlink()
    assert [finding.flaw for finding in findings(tmp_path, head)] == [Flaw.TRUNCATED]


def test_a_ledger_written_anew_shows_against_its_head_and_its_key(tmp_path: Path) -> None:
    head = made(tmp_path / "old", 2)
    body = {**SEALED, "generation": 9}
    other = Ledger.open(tmp_path / "anew", FILES, now=lambda: NOW)
    for _ in range(3):
        other.append(EventType.VOICE_SEALED, body, KEY)
    assert [finding.flaw for finding in findings(tmp_path / "anew", head)] == [Flaw.REWRITTEN]
    made(tmp_path / "theirs", 2, key=THIEF)
    assert findings(tmp_path / "theirs")[0].flaw is Flaw.KEY


def test_a_missing_file_in_between_is_named(tmp_path: Path) -> None:
    made(tmp_path, 12)
    (tmp_path / SECOND).unlink()
    assert (findings(tmp_path)[0].file, findings(tmp_path)[0].flaw) == (
        "ledger-0003.jsonl",
        Flaw.FILE,
    )
    (tmp_path / FIRST).unlink()
    assert findings(tmp_path)[0].text == "the files before it are missing"


def test_a_file_under_the_name_of_another_is_found(tmp_path: Path) -> None:
    made(tmp_path, 12)
    (tmp_path / "ledger-0003.jsonl").write_bytes((tmp_path / SECOND).read_bytes())
    assert findings(tmp_path)[0].file == "ledger-0003.jsonl"


def test_a_new_key_that_did_not_sign_for_itself_is_not_believed(tmp_path: Path) -> None:
    head = made(tmp_path, 1)
    body = {"public_key": THIEF.public.hex(), "new_kid": THIEF.kid, "proof": "00" * 64}
    line, _ = write_line(EventType.KEY_ROTATED, body, after=head, at=NOW, signer=KEY)
    with (tmp_path / FIRST).open("ab") as file:
        file.write(line)
    assert [finding.flaw for finding in findings(tmp_path)] == [Flaw.KEY]


def test_a_damaged_ledger_is_not_continued(tmp_path: Path) -> None:
    made(tmp_path, 1)
    ledger = Ledger.open(tmp_path, FILES)
    path = tmp_path / FIRST
    path.write_bytes(path.read_bytes().replace(b'"generation":0', b'"generation":7') + b"x")
    before = path.read_bytes()
    with pytest.raises(LedgerDamagedError, match="line 2") as caught:
        ledger.append(EventType.VOICE_SEALED, SEALED, KEY)
    assert caught.value.exit_code == 65
    assert path.read_bytes() == before

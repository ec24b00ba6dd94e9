"""Files that survive a power cut, and the fake disk on which the power is cut."""

import errno
import os
import stat
import time
from pathlib import Path

import pytest

from tests.fakes.faulty_files import FaultyFiles, PowerCut, every_cut, every_failure
from voices.durable import DiskFiles, Files, UnsafeFileError, is_leftover, leftovers

DISK = DiskFiles()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_private_and_can_be_read(tmp_path: Path) -> None:
    DISK.make_folder(tmp_path / "a" / "b")
    path = tmp_path / "a" / "b" / "file"

    DISK.write(path, b"one")
    DISK.write(path, bytearray(b"three"))

    assert DISK.read(path, 5) == b"three"
    assert mode(path) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    assert DISK.names(path.parent) == ["file"]


def test_a_reader_refuses_links_folders_pipes_and_too_much(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UnsafeFileError):
        DISK.read(tmp_path / "file", 4)
    with pytest.raises(UnsafeFileError):
        DISK.read(tmp_path / "pipe", 4)
    with pytest.raises(UnsafeFileError):
        DISK.read(tmp_path, 4)
    with pytest.raises(OSError, match=f"Errno {errno.ELOOP}"):
        DISK.read(tmp_path / "link", 9)


def test_a_writer_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    DISK.write(tmp_path / "link", b"ours")
    assert (tmp_path / "file").read_bytes() == b"theirs"

    (tmp_path / "other").symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match="symbolic"):
        DISK.append(tmp_path / "other", b"ours")
    assert (tmp_path / "file").read_bytes() == b"theirs"


def test_append_truncate_remove_and_move(tmp_path: Path) -> None:
    path = tmp_path / "log"
    DISK.append(path, b"one ")
    DISK.append(path, b"two ")
    DISK.truncate(path, 4)
    DISK.append(path, b"three")
    assert path.read_bytes() == b"one three"
    assert mode(path) == 0o600

    DISK.make_folder(tmp_path / "inner")
    DISK.move(path, tmp_path / "inner" / "log")
    assert DISK.names(tmp_path) == ["inner"]
    DISK.remove(tmp_path / "inner" / "log")
    DISK.remove(tmp_path / "inner" / "log")
    DISK.remove_folder(tmp_path / "inner")
    DISK.remove_folder(tmp_path / "inner")
    assert DISK.names(tmp_path) == []


def test_a_file_is_flushed_before_it_gets_its_name_and_the_folder_after(tmp_path: Path) -> None:
    files = FaultyFiles()
    files.write(tmp_path / "file", b"content")
    assert files.steps == ["make", "write", "flush", "rename", "flush folder"]


def test_two_writes_in_a_row_never_look_the_same(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for _ in range(100):
        before = time.time_ns()
        DISK.write(path, b"x")
        assert before <= path.stat().st_mtime_ns <= time.time_ns()


def test_a_cut_write_leaves_the_old_content_or_the_new(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        (folder / "file").write_bytes(b"old")

    def action(folder: Path, files: Files) -> None:
        files.write(folder / "file", b"newer")

    seen = []
    for cut in every_cut(make, action, tmp_path):
        content = (cut.folder / "file").read_bytes()
        seen.append(content)
        others = [name for name in DISK.names(cut.folder) if name != "file"]
        assert others == [path.name for path in leftovers(cut.folder / "file", DISK)]
        assert all(is_leftover(name) for name in others)
    assert seen == [b"old"] * 4 + [b"newer"] * 2


def test_a_cut_append_may_be_torn_but_keeps_what_was_there(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        (folder / "log").write_bytes(b"line 1\n")

    def action(folder: Path, files: Files) -> None:
        files.append(folder / "log", b"line 2\n")

    seen = [(cut.folder / "log").read_bytes() for cut in every_cut(make, action, tmp_path)]
    assert all(content.startswith(b"line 1\n") for content in seen)
    assert seen[-1] == b"line 1\nline 2\n"
    assert any(b"line 1\n" < content < seen[-1] for content in seen)


def test_a_full_disk_leaves_the_old_content_and_no_rubbish(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        (folder / "file").write_bytes(b"old")
        (folder / "log").write_bytes(b"line 1\n")

    def action(folder: Path, files: Files) -> None:
        files.append(folder / "log", b"line 2\n")
        files.write(folder / "file", b"new")

    def full() -> OSError:
        return OSError(errno.ENOSPC, "No space left on device")

    for cut, raised in every_failure(make, action, tmp_path, full):
        assert cut.finished == (raised is None)
        assert DISK.names(cut.folder) == ["file", "log"]
        assert (cut.folder / "log").read_bytes() in (b"line 1\n", b"line 1\nline 2\n")
        assert (cut.folder / "file").read_bytes() in (b"old", b"new")


def test_after_a_power_cut_nothing_is_done_any_more(tmp_path: Path) -> None:
    files = FaultyFiles(0)
    with pytest.raises(PowerCut):
        files.write(tmp_path / "file", b"x")
    with pytest.raises(PowerCut):
        files.remove(tmp_path / "file")
    assert DISK.names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only the super-user can give files away")
def test_what_an_administrator_writes_for_a_service_belongs_to_the_service(tmp_path: Path) -> None:
    home = tmp_path / "service"
    home.mkdir()
    os.chown(home, 4711, 4711)
    files = DiskFiles()
    files.make_folder(home / "inner")
    files.write(home / "inner" / "written", b"x")
    files.append(home / "inner" / "appended", b"x")
    assert {path.stat().st_uid for path in home.rglob("*")} == {4711}

"""The audit log and a power cut, or a full disk, at any step of its writing."""

import errno
import shutil
from datetime import timedelta
from pathlib import Path

from tests.fakes.audit_log import (
    LONG_AGO,
    NOW,
    anchor,
    begun,
    ended,
    findings,
    folder,
    opened,
    said,
    say,
)
from tests.fakes.faulty_files import every_cut, every_failure
from voices.consent.ledger_chain import Flaw
from voices.durable import Files
from voices.errors import VaultError

BEFORE = NOW - timedelta(days=400)


def nothing(_root: Path) -> None:
    """A home in which nothing was ever said."""


def is_whole(root: Path) -> bool:
    """Whether nothing is wrong but what the next writer puts right."""
    return {finding.flaw for finding in findings(root)} <= {Flaw.TORN}


def test_a_power_cut_loses_nothing_that_ended_and_never_looks_like_tampering(
    tmp_path: Path,
) -> None:
    acknowledged: list[str] = []

    def speak(root: Path, files: Files) -> None:
        acknowledged.clear()
        log = opened(root, files)
        for name in ("one", "two", "three", "four"):
            number = log.begin(begun(name))
            log.begin(begun("at the same time"))
            log.end(number, ended(log))
            acknowledged.append(name)

    steps = 0
    for cut in every_cut(nothing, speak, tmp_path):
        assert is_whole(cut.folder)
        assert set(acknowledged) <= set(said(opened(cut.folder)))
        say(opened(cut.folder), "afterwards")
        assert findings(cut.folder) == []
        steps = cut.step
    assert steps > 40


def grown_old(root: Path) -> None:
    old = opened(root, at=LONG_AGO)
    for number in range(8):
        say(old, f"old {number}", at=LONG_AGO)
    for name in ("new 1", "new 2"):
        say(opened(root), name)


def test_a_power_cut_in_pruning_leaves_a_log_that_verifies_and_can_be_pruned(
    tmp_path: Path,
) -> None:
    sizes: set[int] = set()

    def prune(root: Path, files: Files) -> None:
        opened(root, files).prune(BEFORE)

    for cut in every_cut(grown_old, prune, tmp_path):
        assert is_whole(cut.folder)
        assert said(opened(cut.folder))[-2:] == ["new 1", "new 2"]
        sizes.add(len(list(folder(cut.folder).glob("*.jsonl"))))
        say(opened(cut.folder), "afterwards")
        opened(cut.folder).prune(BEFORE)
        assert findings(cut.folder) == []
        assert not (folder(cut.folder) / "ledger-0001.jsonl").exists()
    assert len(sizes) >= 4


def rolled_back(root: Path) -> None:
    for name in ("one", "two", "three"):
        say(opened(root), name)
    shutil.rmtree(folder(root))


def test_a_power_cut_in_accepting_a_rollback_leaves_it_to_be_accepted_or_done(
    tmp_path: Path,
) -> None:
    outcomes = set()

    def accept(root: Path, files: Files) -> None:
        opened(root, files).accept_rollback()

    for cut in every_cut(rolled_back, accept, tmp_path):
        outcomes.add(opened(cut.folder).accept_rollback())
        say(opened(cut.folder), "afterwards")
        assert findings(cut.folder) == []
    assert outcomes == {True, False}


def test_a_disk_that_refuses_once_is_told_and_the_log_goes_on(tmp_path: Path) -> None:
    def speak(root: Path, files: Files) -> None:
        log = opened(root, files)
        for name in ("one", "two", "three"):
            say(log, name)

    places = set()
    for cut, raised in every_failure(
        nothing, speak, tmp_path, lambda: OSError(errno.ENOSPC, "full")
    ):
        assert raised is None if cut.finished else isinstance(raised, VaultError)
        places |= {each for each in (folder, anchor) if str(each(cut.folder).parent) in str(raised)}
        assert is_whole(cut.folder)
        say(opened(cut.folder), "afterwards")
        assert said(opened(cut.folder))[-1] == "afterwards"
        assert findings(cut.folder) == []
    assert places == {folder, anchor}, "the message names the disk that is full"


def test_a_cut_takes_what_only_began_and_never_what_ended(tmp_path: Path) -> None:
    """The fake disk loses what was not flushed, so the test above can tell."""
    lost = 0

    def speak(root: Path, files: Files) -> None:
        log = opened(root, files)
        say(log, "ended")
        log.begin(begun("began"))
        files.make_folder(root / "elsewhere")

    for cut in every_cut(nothing, speak, tmp_path):
        names = [each.begun.announcement_id for each in opened(cut.folder).utterances()]
        lost += (cut.folder / "elsewhere").exists() is False and names == ["ended"]
    assert lost

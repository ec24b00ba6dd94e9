"""Whoever reads the audit log while its oldest files go, sees no damage where there is none."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.audit_log import LONG_AGO, NOW, anchor, folder, opened, said, say
from voices.audit.verify import verify_audit
from voices.consent.ledger_chain import Flaw
from voices.durable import DiskFiles

NUM_OLD = 12
READ = ["ledger-0001.jsonl", "ledger-0002.jsonl", "ledger-0004.jsonl"]


class DisturbedFiles(DiskFiles):
    """Something happens once, before a file of that name is read the `time`th time."""

    def __init__(self, name: str, happens: Callable[[], object], time: int = 1) -> None:
        super().__init__()
        self._name = name
        self._happens = happens
        self._left = time

    def read(self, path: Path, max_bytes: int) -> bytes:
        self._left -= path.name == self._name
        if path.name == self._name and self._left == 0:
            self._happens()
        return super().read(path, max_bytes)


def filled(root: Path) -> None:
    old = opened(root, at=LONG_AGO)
    for number in range(NUM_OLD):
        say(old, f"old {number}", at=LONG_AGO)
    say(opened(root), "new")


def prune(root: Path) -> int:
    return opened(root).prune(NOW - timedelta(days=400))


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("name", READ)
def test_what_stays_is_read_to_its_end(tmp_path: Path, name: str, time: int) -> None:
    filled(tmp_path)
    files = DisturbedFiles(name, lambda: prune(tmp_path), time)
    before = said(opened(tmp_path))
    read = said(opened(tmp_path, files=files))
    stays = said(opened(tmp_path))
    assert stays == before[-len(stays) :]
    assert len(stays) < len(before)
    assert read[-len(stays) :] == stays
    assert read == [name for name in before if name in read]


def test_a_log_of_two_files_is_opened_while_the_first_one_goes(tmp_path: Path) -> None:
    while len(list(folder(tmp_path).glob("*.jsonl"))) < 2:
        say(opened(tmp_path, at=LONG_AGO), "old", at=LONG_AGO)
    read = opened(tmp_path, files=DisturbedFiles(READ[0], lambda: prune(tmp_path)))
    assert read.head == opened(tmp_path).head


@pytest.mark.parametrize("name", READ)
def test_a_log_that_is_pruned_while_it_is_verified_is_sound(tmp_path: Path, name: str) -> None:
    filled(tmp_path)
    assert verified(tmp_path, DisturbedFiles(name, lambda: prune(tmp_path))) == []


def test_files_that_went_unannounced_while_they_were_verified_are_missed(tmp_path: Path) -> None:
    filled(tmp_path)

    def remove() -> None:
        for name in READ[:2]:
            (folder(tmp_path) / name).unlink()

    found = verified(tmp_path, DisturbedFiles(READ[1], remove))
    assert [flaw for flaw, _ in found] == [Flaw.FILE]


def verified(root: Path, files: DiskFiles) -> list[tuple[Flaw, str]]:
    found = verify_audit(
        folder(root),
        files,
        anchor=anchor(root),
        secret=None,
        expected_head=opened(root).head,
        root_key=None,
    )
    return [(finding.flaw, finding.file) for finding in found]

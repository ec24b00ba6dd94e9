"""The audit log in a backup: it comes to a new hub, and never replaces one that went on."""

import shutil
from pathlib import Path

from tests.fakes.audit_log import begun, ended
from tests.fakes.faulty_files import every_cut
from tests.fakes.household import PASSPHRASE, create, enrol, key_file, ledger, reopen, vault
from voices.audit.log import AuditLog
from voices.audit_check import check_household_audit
from voices.durable import Files
from voices.household import Household
from voices.restoring import restore


def audit_of(household: Household, root: Path) -> AuditLog:
    return household.audit(root / "keys" / "audit.anchor")


def say(household: Household, root: Path, name: str) -> None:
    log = audit_of(household, root)
    log.end(log.begin(begun(name)), ended(log))


def said(root: Path) -> list[str]:
    return [u.begun.announcement_id for u in audit_of(reopen(root), root).utterances()]


def backed_up(root: Path) -> Path:
    household = create(root)
    enrol(household)
    say(household, root, "before")
    file = root / "family.backup"
    household.backup(file, PASSPHRASE)
    return file


def bring_back(
    root: Path, file: Path, files: Files | None = None, *, replace: bool = False
) -> None:
    slots = [key_file(root)]
    restore(
        vault(root), ledger(root), file, PASSPHRASE, slots, replace_present=replace, files=files
    )


def test_a_new_hub_knows_what_was_said_and_goes_on(tmp_path: Path) -> None:
    file = backed_up(tmp_path / "old")
    new = tmp_path / "new"
    (new / "data").mkdir(parents=True)
    bring_back(new, file)
    assert said(new) == ["before"]
    household = reopen(new)
    say(household, new, "after")
    assert said(new) == ["before", "after"]
    assert household.check() == []
    assert check_household_audit(household, new / "keys" / "audit.anchor") == []


def test_at_home_the_log_that_went_on_stays(tmp_path: Path) -> None:
    file = backed_up(tmp_path)
    say(reopen(tmp_path), tmp_path, "since")
    bring_back(tmp_path, file, replace=True)
    assert said(tmp_path) == ["before", "since"]


def test_a_power_cut_while_restoring_leaves_no_half_of_it_for_good(tmp_path: Path) -> None:
    file = backed_up(tmp_path / "old")

    def make(root: Path) -> None:
        (root / "data").mkdir()

    def action(root: Path, files: Files) -> None:
        bring_back(root, file, files)

    for cut in every_cut(make, action, tmp_path / "scratch"):
        if cut.step % 12 and not cut.finished:
            continue
        shutil.rmtree(vault(cut.folder), ignore_errors=True)
        bring_back(cut.folder, file)
        assert said(cut.folder) == ["before"]

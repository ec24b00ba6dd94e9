"""A power cut or a full disk at any step leaves exactly the old vault or exactly the new one."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.faulty_files import every_cut, every_failure
from tests.fakes.vault_rig import (
    ANNA,
    CONSENT_ANNA,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    RECOVERY,
    key_file,
    make_full_vault,
    make_vault,
    names_in,
    payload,
    state_of,
    vault_folder,
)
from voices.durable import DiskFiles, Files, leftovers
from voices.errors import NoVaultError, VaultError, WrongSecretError
from voices.vault.backup import read_backup
from voices.vault.keyfile import read_key_file
from voices.vault.slots import KeyFile, SlotSecret, SlotType
from voices.vault.store import Store

DISK = DiskFiles()
Change = Callable[[Store], object]


def seal_more(store: Store) -> None:
    with store.transaction() as tx:
        tx.document["more"] = True
        tx.new_key("e" * 32)
        tx.seal("e" * 32, "embedding", CONSENT_ANNA, payload(7))
        tx.discard(tx.parts(ANNA)[0])


def rebind(store: Store) -> None:
    with store.transaction() as tx:
        tx.rebind(ANNA, "f" * 32)


def rotate(store: Store) -> None:
    store.rotate()


def revoke(store: Store) -> None:
    with store.transaction() as tx:
        tx.document["voices"] = {}
        tx.destroy_key(ANNA)


def add_key_file(store: Store) -> None:
    store.add_slot(KeyFile(store.folder.parent.parent / "keys" / "second.key"))


def remove_key_file(store: Store) -> None:
    slot = next(slot for slot in store.slots() if slot.type is SlotType.KEYFILE)
    store.remove_slot(slot.id)


def change_passphrase(store: Store) -> None:
    store.change_passphrase(OTHER_PASSPHRASE)


CHANGES = [seal_more, rebind, rotate, revoke, add_key_file, remove_key_file, change_passphrase]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder in memory, when there is one: the cuts are ours, so nothing else needs a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def run(change: Change, secret: Callable[[Path], SlotSecret]) -> Callable[[Path, Files], None]:
    def action(root: Path, files: Files) -> None:
        store = Store.open(vault_folder(root), files=files)
        store.unlock(secret(root))
        change(store)

    return action


def summary(root: Path, secret: SlotSecret) -> tuple[object, ...]:
    """All of what is there, opened with `secret`; the vault is sound and without left-overs."""
    store = Store.open(vault_folder(root))
    store.unlock(secret)
    assert store.check() == []
    assert leftovers(key_file(root).path, DISK) == []
    assert len([name for name in names_in(root) if name.startswith("keys-")]) == 1
    slots = sorted(slot.type for slot in store.slots())
    return (*state_of(store), slots, store.generation)


def opening(root: Path, secrets: list[SlotSecret]) -> list[tuple[object, ...]]:
    found = []
    for secret in secrets:
        try:
            found.append(summary(root, secret))
        except WrongSecretError:
            continue
    return found


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_power_cut_leaves_the_old_or_the_new(scratch: Path, change: Change) -> None:
    seen: list[tuple[object, ...]] = []
    secrets = 0
    for cut in every_cut(make_full_vault, run(change, lambda _root: RECOVERY), scratch):
        found = opening(cut.folder, [key_file(cut.folder), RECOVERY])
        found += opening(cut.folder, [PASSPHRASE, OTHER_PASSPHRASE])
        assert len(set(map(repr, found))) == 1
        if change is remove_key_file and found[0][-1] == 3:
            assert read_key_file(key_file(cut.folder).path, DISK).secrets == ()
        # Recovery code and passphrase always open it; the key file unless it is taken out.
        is_without_key_file = change is remove_key_file and found[0][-1] == 3
        assert len(found) == (2 if is_without_key_file else 3)
        if not is_without_key_file:
            content = read_key_file(key_file(cut.folder).path, DISK)
            secrets = len(content.secrets)
            assert secrets == 1
            assert content.tombstones == frozenset(found[0][3])  # type: ignore[call-overload]
        seen.append(found[0])
    assert len(seen) > 8
    generations = [one[-1] for one in seen]
    assert generations == sorted(generations, key=str)
    assert set(generations) == {2, 3}
    assert len(set(map(repr, seen))) == 2


def test_after_a_cut_the_change_can_be_made_again(scratch: Path) -> None:
    action = run(revoke, key_file)
    for cut in every_cut(make_full_vault, action, scratch):
        store = Store.open(vault_folder(cut.folder))
        store.unlock(key_file(cut.folder))
        if ANNA in store.voice_ids():
            revoke(store)
        assert store.tombstones() == {ANNA}
        assert store.check() == []


@pytest.mark.parametrize("change", [seal_more, revoke], ids=lambda change: change.__name__)
def test_a_full_disk_leaves_the_old_or_the_new_and_says_so(scratch: Path, change: Change) -> None:
    def full() -> OSError:
        return OSError(errno.ENOSPC, "No space left on device")

    action = run(change, key_file)
    states = set()
    for cut, raised in every_failure(make_full_vault, action, scratch, full):
        assert raised is None or isinstance(raised, VaultError)
        found = opening(cut.folder, [key_file(cut.folder), PASSPHRASE])
        assert len(found) == 2
        assert len(set(map(repr, found))) == 1
        is_done = raised is None or raised.reason in ("not_cleaned", "not_confirmed")
        assert found[0][-1] == (3 if is_done else 2)
        states.add(repr(found[0]))
    assert len(states) == 2


def test_making_a_vault_is_all_or_nothing_and_can_be_tried_again(scratch: Path) -> None:
    outcomes = []
    for cut in every_cut(lambda _folder: None, make_vault, scratch):
        try:
            Store.open(vault_folder(cut.folder))
        except NoVaultError:
            outcomes.append("none")
            make_vault(cut.folder)
        else:
            outcomes.append("all")
        found = opening(cut.folder, [key_file(cut.folder), PASSPHRASE, RECOVERY])
        assert len(found) == 3
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"none", "all"}


def test_restoring_is_all_or_nothing_and_can_be_tried_again(scratch: Path) -> None:
    origin = make_full_vault(scratch / "origin")
    origin.backup(scratch / "backup", PASSPHRASE)
    backup = read_backup(scratch / "backup", PASSPHRASE)

    def restore(root: Path, files: Files) -> None:
        Store.restore(vault_folder(root), backup, [PASSPHRASE, key_file(root)], files=files)

    outcomes = []
    for cut in every_cut(lambda _folder: None, restore, scratch):
        try:
            Store.open(vault_folder(cut.folder))
        except NoVaultError:
            outcomes.append("none")
            restore(cut.folder, DISK)
        else:
            outcomes.append("all")
        found = opening(cut.folder, [key_file(cut.folder), PASSPHRASE])
        assert len(found) == 2
        assert found[0][:4] == state_of(origin)
        assert [name.name for name in (cut.folder / "data").iterdir()] == ["vault"]
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"none", "all"}


def test_a_backup_that_is_cut_leaves_the_older_one(scratch: Path) -> None:
    def make(root: Path) -> None:
        make_full_vault(root).backup(root / "backup", PASSPHRASE, extra={"ledger": b"1"})

    def action(root: Path, files: Files) -> None:
        store = Store.open(vault_folder(root), files=files)
        store.unlock(PASSPHRASE)
        store.backup(root / "backup", PASSPHRASE, extra={"ledger": b"2"})

    seen = [
        read_backup(cut.folder / "backup", PASSPHRASE).extra["ledger"]
        for cut in every_cut(make, action, scratch)
    ]
    assert set(seen) == {b"1", b"2"}
    assert seen == sorted(seen)

"""A backup is one encrypted file; what is restored of it never includes a revoked voice."""

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.vault_rig import (
    ANNA,
    BERT,
    MARKS,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    QUICK,
    RECOVERY,
    key_file,
    make_full_vault,
    state_of,
    vault_folder,
)
from voices.errors import (
    NoVaultError,
    VaultDamagedError,
    VaultError,
    VaultExistsError,
    VaultLockedError,
    VoicesError,
    WrongSecretError,
)
from voices.vault.backup import Backup, read_backup
from voices.vault.slots import Passphrase
from voices.vault.store import Store

LEDGER = b'{"seq":1}\n' * 10_000


def backed_up(tmp_path: Path) -> tuple[Store, Backup]:
    store = make_full_vault(tmp_path / "old")
    store.backup(tmp_path / "backup", OTHER_PASSPHRASE, extra={"ledger": LEDGER, "empty": b""})
    return store, read_backup(tmp_path / "backup", OTHER_PASSPHRASE)


def test_a_backup_brings_everything_back_in_another_place(tmp_path: Path) -> None:
    store, backup = backed_up(tmp_path)
    assert backup.extra == {"ledger": LEDGER, "empty": b""}
    assert backup.document == store.document()
    assert backup.voice_ids == {ANNA, BERT}
    assert backup.generation == store.generation

    restored = Store.restore(vault_folder(tmp_path / "new"), backup, [PASSPHRASE, RECOVERY])

    assert state_of(restored) == state_of(store)
    assert restored.vault_id == store.vault_id
    assert restored.generation > store.generation
    assert restored.subkey("wm.master") == store.subkey("wm.master")
    assert restored.check() == []
    again = Store.open(vault_folder(tmp_path / "new"))
    with pytest.raises(WrongSecretError):
        again.unlock(OTHER_PASSPHRASE)
    again.unlock(RECOVERY)
    assert state_of(again) == state_of(store)


def test_a_backup_is_private_and_shows_nothing(tmp_path: Path) -> None:
    _, backup = backed_up(tmp_path)
    path = tmp_path / "backup"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for mark in (*MARKS, b'"seq"', ANNA.encode(), b"embedding"):
        assert mark not in path.read_bytes()
    for shown in ("Xaveria", "seq", ANNA):
        assert shown not in repr(backup)


def test_the_wrong_passphrase_and_damage_are_told_apart(tmp_path: Path) -> None:
    backed_up(tmp_path)
    with pytest.raises(WrongSecretError):
        read_backup(tmp_path / "backup", PASSPHRASE)
    content = (tmp_path / "backup").read_bytes()
    for at in (*range(0, 700, 5), *range(700, len(content), 4999), len(content) - 1):
        changed = bytearray(content)
        changed[at] ^= 1 << at % 8
        (tmp_path / "backup").write_bytes(changed)
        with pytest.raises(VaultDamagedError, match="backup"):
            read_backup(tmp_path / "backup", OTHER_PASSPHRASE)
    for changed in (bytearray(content[:-1]), bytearray(content + b"x"), bytearray()):
        (tmp_path / "backup").write_bytes(changed)
        with pytest.raises(VaultDamagedError):
            read_backup(tmp_path / "backup", OTHER_PASSPHRASE)
    with pytest.raises(NoVaultError):
        read_backup(tmp_path / "nowhere", OTHER_PASSPHRASE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300) | st.binary(max_size=300).map(b"HVB1".__add__))
def test_any_bytes_are_no_backup(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "backup").write_bytes(data)
    with pytest.raises(VoicesError):
        read_backup(tmp_path / "backup", OTHER_PASSPHRASE)


def test_a_voice_that_is_dead_does_not_come_back(tmp_path: Path) -> None:
    _, backup = backed_up(tmp_path)
    restored = Store.restore(vault_folder(tmp_path / "new"), backup, [PASSPHRASE], dead={ANNA})
    assert restored.voice_ids() == {BERT}
    assert restored.tombstones() == {ANNA}
    assert restored.parts(ANNA) == ()
    assert len(list((restored.folder / "voices").iterdir())) == 1
    assert restored.check() == []


def test_a_key_file_that_outlived_the_vault_keeps_the_dead_dead(tmp_path: Path) -> None:
    store, backup = backed_up(tmp_path)
    with store.transaction() as tx:
        tx.destroy_key(ANNA)
    keys = key_file(tmp_path / "old")
    restored = Store.restore(vault_folder(tmp_path / "new"), backup, [keys, PASSPHRASE])
    assert restored.voice_ids() == {BERT}
    assert restored.tombstones() == {ANNA}
    assert ANNA not in restored._fresh().catalogue.keys
    assert len(list((restored.folder / "voices").iterdir())) == 1
    restored.lock()
    restored.unlock(keys)
    assert restored.check() == []


def test_a_revoked_voice_is_in_no_later_backup(tmp_path: Path) -> None:
    store, _ = backed_up(tmp_path)
    with store.transaction() as tx:
        tx.destroy_key(ANNA)
    store.backup(tmp_path / "later", OTHER_PASSPHRASE)
    later = read_backup(tmp_path / "later", OTHER_PASSPHRASE)
    assert later.voice_ids == {BERT}
    assert later.tombstones == {ANNA}


def test_nothing_is_restored_over_a_vault_or_other_things(tmp_path: Path) -> None:
    store, backup = backed_up(tmp_path)
    before = state_of(store)
    with pytest.raises(VaultExistsError):
        Store.restore(store.folder, backup, [PASSPHRASE])
    assert state_of(store) == before

    other = tmp_path / "other"
    other.mkdir()
    (other / "photo.jpg").write_bytes(b"dear")
    with pytest.raises(VaultError, match="other things"):
        Store.restore(other, backup, [PASSPHRASE])
    assert [path.name for path in other.iterdir()] == ["photo.jpg"]
    assert not list(tmp_path.glob(".*"))

    empty = tmp_path / "empty"
    empty.mkdir()
    assert state_of(Store.restore(empty, backup, [PASSPHRASE])) == before


def test_a_damaged_or_locked_vault_is_not_backed_up(tmp_path: Path) -> None:
    store, _ = backed_up(tmp_path)
    part = store.folder / store.parts(ANNA)[0].file
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(VaultDamagedError, match=store.parts(ANNA)[0].file):
        store.backup(tmp_path / "later", OTHER_PASSPHRASE)
    part.unlink()
    with pytest.raises(VaultDamagedError, match="missing"):
        store.backup(tmp_path / "later", OTHER_PASSPHRASE)
    store.lock()
    with pytest.raises(VaultLockedError):
        store.backup(tmp_path / "later", OTHER_PASSPHRASE)
    assert not (tmp_path / "later").exists()


def test_a_backup_needs_a_good_passphrase(tmp_path: Path) -> None:
    store, _ = backed_up(tmp_path)
    with pytest.raises(VaultError) as caught:
        store.backup(tmp_path / "later", Passphrase("short", QUICK))
    assert caught.value.reason == "weak_passphrase"

"""Any one secret opens the vault, no other does, and an older copy stays shut after a rotation."""

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.vault_rig import (
    ANNA,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    QUICK,
    RECOVERY,
    key_file,
    make_full_vault,
    make_vault,
    state_of,
    vault_folder,
)
from voices.durable import DiskFiles
from voices.errors import (
    VaultDamagedError,
    VaultError,
    VaultLockedError,
    WrongSecretError,
)
from voices.vault.crypto import BadSealError
from voices.vault.fields import MalformedError
from voices.vault.header import Header, read_header
from voices.vault.keyfile import read_key_file
from voices.vault.loading import Place, load_catalogue
from voices.vault.slots import (
    Credential,
    KeyFile,
    Passphrase,
    RecoveryCode,
    ScryptCost,
    Slot,
    SlotInfo,
    SlotSecret,
    SlotType,
    stretch,
)
from voices.vault.store import Store


def header_of(folder: Path) -> Header:
    return read_header((folder / "vault.json").read_bytes())


def credential(root: Path, content: bytes = b"0123456789abcdef" * 2) -> Credential:
    folder = root / "credentials"
    folder.mkdir(exist_ok=True)
    (folder / "vault").write_bytes(content)
    return Credential("vault", folder)


class Flipped(DiskFiles):
    """A disk whose files all have the same content."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, path: Path, max_bytes: int) -> bytes:
        del path, max_bytes
        return self._content


def unlocked(root: Path, secret: SlotSecret) -> Store:
    store = Store.open(vault_folder(root))
    store.unlock(secret)
    return store


def test_every_kind_of_secret_opens_the_same_vault(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    store.add_slot(credential(tmp_path))
    typed = RecoveryCode(RECOVERY.text.lower().replace("-", " "))
    secrets: list[SlotSecret] = [PASSPHRASE, key_file(tmp_path), RECOVERY, typed]
    secrets.append(credential(tmp_path))
    assert {repr(state_of(unlocked(tmp_path, secret))) for secret in secrets} == {
        repr(state_of(store))
    }


def test_a_credential_is_found_where_systemd_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = credential(tmp_path)
    assert given.folder is not None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given.folder))
    Store.create(vault_folder(tmp_path), [Credential("vault")], document={})
    assert unlocked(tmp_path, Credential("vault")).unlocked

    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(WrongSecretError, match="no credential"):
        unlocked(tmp_path, Credential("vault"))


@pytest.mark.parametrize("name", ["../vault", "other"])
def test_a_credential_that_is_not_there_or_too_short_is_refused(tmp_path: Path, name: str) -> None:
    given = credential(tmp_path, b"short")
    with pytest.raises(WrongSecretError):
        Store.create(vault_folder(tmp_path), [Credential(name, given.folder)], document={})
    with pytest.raises(WrongSecretError, match="too short"):
        Store.create(vault_folder(tmp_path), [given], document={})


def test_the_wrong_secret_of_each_kind_opens_nothing(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    store.add_slot(credential(tmp_path))
    make_vault(tmp_path / "other")
    wrong: list[SlotSecret] = [
        OTHER_PASSPHRASE,
        Passphrase(PASSPHRASE.text + " ", QUICK),
        Passphrase("\ud800 no text", QUICK),
        Passphrase("long " * 1000, QUICK),
        RecoveryCode.generate(),
        key_file(tmp_path / "other"),
        KeyFile(tmp_path / "nowhere"),
        credential(tmp_path, b"another secret of 32 characters."),
    ]
    for secret in wrong:
        fresh = Store.open(vault_folder(tmp_path))
        with pytest.raises(WrongSecretError) as caught:
            fresh.unlock(secret)
        assert caught.value.exit_code == 77
        assert not fresh.unlocked


def test_a_kind_of_secret_that_the_vault_does_not_have_is_told(tmp_path: Path) -> None:
    Store.create(vault_folder(tmp_path), [PASSPHRASE], document={})
    with pytest.raises(WrongSecretError) as caught:
        unlocked(tmp_path, RECOVERY)
    assert caught.value.reason == "no_such_slot"
    assert caught.value.hint == "it has: passphrase"


def test_a_passphrase_may_be_typed_on_any_keyboard(tmp_path: Path) -> None:
    Store.create(vault_folder(tmp_path), [Passphrase("Bärenhöhle im Wald", QUICK)], document={})
    decomposed = "Ba\u0308renho\u0308hle im Wald"
    assert unlocked(tmp_path, Passphrase(decomposed)).unlocked


def test_an_easy_passphrase_or_a_cheap_cost_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as caught:
        Store.create(vault_folder(tmp_path), [Passphrase("1234567", QUICK)], document={})
    assert caught.value.reason == "weak_passphrase"
    for log_n in (4, 13, 21, 40):
        with pytest.raises(VaultError):
            ScryptCost(log_n)
    assert ScryptCost().log_n == 16


@pytest.mark.parametrize(
    "change", [{"log_n": 40}, {"log_n": 0}, {"r": 1 << 30}, {"p": 10**9}, {"salt": "00"}]
)
def test_costs_on_the_disk_that_would_take_all_memory_are_refused(change: dict[str, Any]) -> None:
    kdf = QUICK.describe(bytes(32)) | change
    with pytest.raises(MalformedError):
        stretch("any words at all", kdf)


def test_a_header_with_an_absurd_cost_is_damaged_not_slow(tmp_path: Path) -> None:
    make_vault(tmp_path)
    path = vault_folder(tmp_path) / "vault.json"
    header = header_of(vault_folder(tmp_path))
    for slot in header.slots:
        if slot.info.type is SlotType.PASSPHRASE:
            assert isinstance(slot.kdf, dict)
            slot.kdf["log_n"] = 60
    path.write_bytes(header.to_bytes())
    with pytest.raises(VaultDamagedError, match=r"vault\.json"):
        unlocked(tmp_path, PASSPHRASE)


def test_a_forged_slot_or_header_is_noticed(tmp_path: Path) -> None:
    """Whoever can write but has no secret cannot put a slot of their own in."""
    make_full_vault(tmp_path)
    other = make_vault(tmp_path / "other")
    header, foreign = header_of(vault_folder(tmp_path)), header_of(other.folder)
    path = vault_folder(tmp_path) / "vault.json"
    slots = (*header.slots[:-1], foreign.slots[-1])
    forged = Header(header.vault_id, header.generation, slots, header.files, header.mac)
    path.write_bytes(forged.to_bytes())
    with pytest.raises(VaultDamagedError, match="not written by this vault"):
        unlocked(tmp_path, PASSPHRASE)
    with pytest.raises(WrongSecretError):
        unlocked(tmp_path, RECOVERY)


def test_a_slot_opens_only_in_its_own_place(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    header = header_of(vault_folder(tmp_path))
    slot = next(slot for slot in header.slots if slot.info.type is SlotType.PASSPHRASE)
    private = next(PASSPHRASE.keys(slot.kdf, header.vault_id, DiskFiles()))
    assert len(slot.opened(private, header.vault_id)) == 32
    with pytest.raises(BadSealError):
        slot.opened(private, "0" * 32)
    for info, kdf in (
        (SlotInfo("0" * 16, slot.info.type), slot.kdf),
        (SlotInfo(slot.info.id, SlotType.RECOVERY), slot.kdf),
        (slot.info, {**slot.kdf, "p": 2}),
    ):
        with pytest.raises(BadSealError):
            Slot(info, kdf, slot.sealed).opened(private, header.vault_id)


def test_a_rotation_shuts_older_copies_for_the_key_file_and_newer_ones_for_them(
    tmp_path: Path,
) -> None:
    store = make_full_vault(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(store.folder, copy)
    with store.transaction() as tx:
        tx.rotate()

    assert [slot.type for slot in tx.unreplaced] == [SlotType.PASSPHRASE, SlotType.RECOVERY]
    stolen = Store.open(copy)
    with pytest.raises(WrongSecretError):
        stolen.unlock(key_file(tmp_path))
    # The old header with its key is of no use against the new catalogue.
    stolen.unlock(PASSPHRASE)
    old_vmk = stolen._fresh().vmk
    new = header_of(store.folder)
    assert not new.is_signed_by(old_vmk)
    with pytest.raises(VaultDamagedError):
        load_catalogue(Place(store.folder, DiskFiles()), new, old_vmk)
    for secret in (PASSPHRASE, RECOVERY, key_file(tmp_path)):
        assert state_of(unlocked(tmp_path, secret)) == state_of(store)


def test_whoever_opens_today_learns_nothing_that_opens_yesterday(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    old = header_of(store.folder)
    store.rotate()
    opened = store._fresh()
    known = [opened.vmk.view(), opened.catalogue.root.view()]
    known += [key.view() for key in opened.catalogue.keys.values()]
    publics = [record.public for record in opened.catalogue.slots.values()]
    for slot in old.slots:
        for key in (*known, *publics):
            with pytest.raises(BadSealError):
                slot.opened(bytes(key), old.vault_id)


def test_a_key_file_out_of_reach_does_not_stop_a_revocation_and_is_told(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    store = unlocked(tmp_path, PASSPHRASE)
    (tmp_path / "keys").rename(tmp_path / "unplugged")
    with store.transaction() as tx:
        tx.destroy_key(ANNA)
    assert SlotType.KEYFILE in [slot.type for slot in tx.unreplaced]

    (tmp_path / "unplugged").rename(tmp_path / "keys")
    again = unlocked(tmp_path, key_file(tmp_path))
    assert again.tombstones() == {ANNA}
    assert read_key_file(key_file(tmp_path).path, DiskFiles()).tombstones == {ANNA}


def test_a_key_file_that_moved_is_kept_up_where_it_is_now(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    moved = KeyFile(tmp_path / "elsewhere" / "vault.key")
    store = unlocked(tmp_path, moved)
    before = moved.path.read_bytes()
    with store.transaction() as tx:
        tx.rotate()
    assert SlotType.KEYFILE not in [slot.type for slot in tx.unreplaced]
    assert moved.path.read_bytes() != before
    assert unlocked(tmp_path, moved).check() == []


def test_one_key_file_may_open_two_vaults(tmp_path: Path) -> None:
    shared = KeyFile(tmp_path / "keys" / "both.key")
    vaults = [Store.create(tmp_path / name, [shared], document={}) for name in ("one", "two")]
    vaults[0].rotate()
    for vault in vaults:
        fresh = Store.open(vault.folder)
        fresh.unlock(shared)
        assert fresh.check() == []


def test_a_key_file_that_others_could_read_or_replace_is_refused(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    path = key_file(tmp_path).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    link = tmp_path / "link.key"
    link.symlink_to(path)

    def refused(secret: KeyFile) -> str | None:
        with pytest.raises(VaultError) as caught:
            unlocked(tmp_path, secret)
        assert caught.value.reason == "unsafe_key_file"
        return caught.value.hint

    refused(KeyFile(link))
    for bad in (0o640, 0o604, 0o620):
        path.chmod(bad)
        assert refused(key_file(tmp_path)) == f"chmod 600 {path}"
    path.chmod(0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    os.chown(key_file(tmp_path).path, 12345, -1)
    with pytest.raises(VaultError) as caught:
        unlocked(tmp_path, key_file(tmp_path))
    assert caught.value.reason == "unsafe_key_file"


def test_every_flipped_bit_of_a_key_file_is_noticed(tmp_path: Path) -> None:
    path = key_file(tmp_path).path
    make_vault(tmp_path)
    content = path.read_bytes()
    for bit in range(len(content) * 8):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultError) as caught:
            read_key_file(path, Flipped(bytes(changed)))
        assert caught.value.reason == "key_file_damaged"


def test_a_key_file_never_lies_in_the_vault_nor_is_used_twice(tmp_path: Path) -> None:
    store = make_vault(tmp_path)
    with pytest.raises(VaultError, match="must not lie in the vault"):
        store.add_slot(KeyFile(store.folder / "voices" / "vault.key"))
    with pytest.raises(VaultError) as caught:
        store.add_slot(key_file(tmp_path))
    assert caught.value.reason == "slot_exists"
    assert len(store.slots()) == 3


def test_slots_come_and_go_but_the_last_one_stays(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    state = state_of(store)
    for slot in store.slots()[:-1]:
        store.remove_slot(slot.id)
    assert [slot.type for slot in store.slots()] == [SlotType.RECOVERY]
    with pytest.raises(VaultError, match="last slot"):
        store.remove_slot(store.slots()[0].id)
    with pytest.raises(VaultError, match="no such slot"):
        store.remove_slot("0" * 16)
    for secret in (PASSPHRASE, key_file(tmp_path)):
        with pytest.raises(WrongSecretError):
            unlocked(tmp_path, secret)
    assert state_of(unlocked(tmp_path, RECOVERY)) == state

    for _ in range(7):
        store.add_slot(RecoveryCode.generate())
    with pytest.raises(VaultError) as caught:
        store.add_slot(RecoveryCode.generate())
    assert caught.value.reason == "too_many_slots"
    store.remove_slot(store.slots()[0].id)
    store.add_slot(PASSPHRASE)
    store.change_passphrase(OTHER_PASSPHRASE)
    assert state_of(unlocked(tmp_path, OTHER_PASSPHRASE)) == state


def test_a_changed_passphrase_replaces_the_old_one(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    added = store.change_passphrase(OTHER_PASSPHRASE)
    assert added in store.slots()
    assert len(store.slots()) == 3
    with pytest.raises(WrongSecretError):
        unlocked(tmp_path, PASSPHRASE)
    other = unlocked(tmp_path, OTHER_PASSPHRASE)
    other.rotate()
    assert state_of(store) == state_of(other)


def test_no_secret_is_written_in_clear(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    header = (vault_folder(tmp_path) / "vault.json").read_bytes()
    secret = json.loads(key_file(tmp_path).path.read_bytes())["secrets"][0]["secret"]
    for text in (PASSPHRASE.text, RECOVERY.text, secret):
        assert text.encode() not in header
        assert text not in repr((PASSPHRASE, RECOVERY, key_file(tmp_path)))


def test_a_lock_while_a_change_is_made_stays_locked(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    with store.transaction() as tx:
        tx.document["more"] = True
        store.lock()
    assert not store.unlocked
    with pytest.raises(VaultLockedError):
        store.document()
    assert unlocked(tmp_path, PASSPHRASE).document()["more"]

"""The vault keeps voices encrypted and gives them only to whoever has a permit."""

import errno
import fcntl
import os
import pickle
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.faulty_files import FaultyFiles
from tests.fakes.vault_rig import (
    ANNA,
    BERT,
    CONSENT_ANNA,
    CONSENT_BERT,
    MARKS,
    NAME,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    RECOVERY,
    Allowed,
    key_file,
    make_full_vault,
    make_vault,
    mark_of,
    names_in,
    payload,
    permit_for,
    state_of,
    vault_folder,
)
from voices.errors import (
    ConsentRefusedError,
    NoVaultError,
    VaultBusyError,
    VaultDamagedError,
    VaultError,
    VaultExistsError,
    VaultLockedError,
    VoiceNotFoundError,
    WrongSecretError,
)
from voices.payload import Payload
from voices.vault.parts import new_id
from voices.vault.secret import Secret, harden_process
from voices.vault.store import Store


def reopened(root: Path) -> Store:
    store = Store.open(vault_folder(root))
    store.unlock(PASSPHRASE)
    return store


def test_what_was_sealed_comes_back_after_a_restart(tmp_path: Path) -> None:
    make_full_vault(tmp_path).lock()

    store = reopened(tmp_path)

    part = store.parts(ANNA, "embedding")[0]
    content = store.read(part, permit_for(part))
    assert content.meta == payload(1).meta
    assert (content.arrays["embedding"] == payload(1).arrays["embedding"]).all()
    assert store.document() == {"voices": {ANNA: NAME}}
    assert [part.kind for part in store.parts(ANNA)] == ["embedding", "voice.embedded"]
    assert store.voice_ids() == {ANNA, BERT}
    assert store.check() == []


def test_nothing_personal_is_readable_in_the_folder(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    files = [path for path in vault_folder(tmp_path).rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        for mark in MARKS:
            assert mark not in path.read_bytes()
            assert mark.hex().encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ANNA not in " ".join(names_in(tmp_path))


def test_an_array_of_many_chunks_comes_back(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    samples = np.arange(200_000, dtype=np.float32)
    with store.transaction() as tx:
        part = tx.seal(ANNA, "recordings", CONSENT_ANNA, Payload({}, {"samples": samples}))
    assert (store.read(part, permit_for(part)).arrays["samples"] == samples).all()


@pytest.mark.parametrize(
    "permit", [Allowed(BERT, CONSENT_ANNA), Allowed(ANNA, CONSENT_BERT), Allowed("", "")]
)
def test_a_permit_for_something_else_opens_nothing(tmp_path: Path, permit: Allowed) -> None:
    store = make_full_vault(tmp_path)
    with pytest.raises(ConsentRefusedError) as caught:
        store.read(store.parts(ANNA)[0], permit)
    assert caught.value.reason == "wrong_permit"


def test_a_locked_vault_gives_nothing_away(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    part = store.parts(ANNA)[0]
    store.lock()
    store.lock()

    assert not store.unlocked
    for use in (
        store.document,
        store.voice_ids,
        store.tombstones,
        store.rotate,
        lambda: store.parts(ANNA),
        lambda: store.subkey("x"),
        lambda: store.read(part, permit_for(part)),
    ):
        with pytest.raises(VaultLockedError):
            use()
    assert len(store.slots()) == 3
    assert len(store.vault_id) == 32


def test_a_wrong_passphrase_changes_nothing(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    store = Store.open(vault_folder(tmp_path))

    with pytest.raises(WrongSecretError) as caught:
        store.unlock(OTHER_PASSPHRASE)

    assert OTHER_PASSPHRASE.text not in str(caught.value) + repr(OTHER_PASSPHRASE)
    assert not store.unlocked
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    before, names = state_of(store), names_in(tmp_path)

    def fail() -> None:
        with store.transaction() as tx:
            tx.document["voices"] = {}
            tx.new_key("e" * 32)
            tx.seal("e" * 32, "embedding", CONSENT_ANNA, payload(9))
            tx.destroy_key(ANNA)
            raise OSError(errno.EIO, "the caller's own trouble")

    with pytest.raises(OSError, match="the caller's own trouble"):
        fail()

    assert state_of(store) == before
    assert names_in(tmp_path) == names


def test_a_document_that_is_no_json_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    before = state_of(store)

    def fail() -> None:
        with store.transaction() as tx:
            tx.document["bad"] = object()

    with pytest.raises(VaultError, match="JSON"):
        fail()
    assert state_of(store) == before
    assert store.check() == []


def test_a_document_is_a_copy(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    store.document()["voices"][ANNA] = "changed"
    assert store.document() == {"voices": {ANNA: NAME}}


def test_versions_count_up_and_discarding_removes_the_file(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    with store.transaction() as tx:
        second = tx.seal(ANNA, "embedding", CONSENT_ANNA, payload(5))
        third = tx.seal(ANNA, "embedding", CONSENT_ANNA, payload(6))
        tx.discard(third)
    assert [part.version for part in store.parts(ANNA, "embedding")] == [1, 2]
    with store.transaction() as tx:
        tx.discard(second)
    assert second.file not in names_in(tmp_path)
    with pytest.raises(VoiceNotFoundError):
        store.read(second, permit_for(second))


def test_a_renewed_consent_takes_the_parts_along(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    old, new = store.parts(ANNA), new_id()
    with store.transaction() as tx:
        parts = tx.rebind(ANNA, new)

    assert [part.consent_id for part in parts] == [new, new]
    assert [(part.kind, part.version) for part in parts] == [(p.kind, p.version) for p in old]
    assert [mark_of(store, part) for part in parts] == [1, 2]
    with pytest.raises(VoiceNotFoundError):
        store.read(old[0], permit_for(old[0]))
    with pytest.raises(ConsentRefusedError):
        store.read(parts[0], Allowed(ANNA, CONSENT_ANNA))
    assert store.check() == []


def test_a_revoked_voice_is_gone_and_its_id_is_never_used_again(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    part = store.parts(ANNA)[0]
    with store.transaction() as tx:
        tx.destroy_key(ANNA)

    assert store.voice_ids() == {BERT}
    assert store.tombstones() == {ANNA}
    assert store.parts(ANNA) == ()
    assert part.file not in names_in(tmp_path)
    with pytest.raises(VoiceNotFoundError):
        store.read(part, permit_for(part))
    with pytest.raises(VaultError, match="revoked"), store.transaction() as tx:
        tx.new_key(ANNA)


@pytest.mark.parametrize("bad", ["", "ABCDEF00", "../../etc", "a" * 65, "x" * 32])
def test_ids_and_kinds_that_are_none_are_refused(tmp_path: Path, bad: str) -> None:
    store = make_full_vault(tmp_path)
    with store.transaction() as tx:
        with pytest.raises(VaultError):
            tx.new_key(bad)
        with pytest.raises(VaultError):
            tx.seal(ANNA, bad.upper() + "/", CONSENT_ANNA, payload())
        with pytest.raises(VaultError):
            tx.seal(ANNA, "embedding", bad, payload())
        with pytest.raises(VoiceNotFoundError):
            tx.seal("e" * 32, "embedding", CONSENT_ANNA, payload())


def test_a_payload_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    with pytest.raises(VaultError, match="cannot be kept"), store.transaction() as tx:
        tx.seal(ANNA, "embedding", CONSENT_ANNA, Payload({"a": object()}))


def test_subkeys_differ_by_use_and_stay_through_rotation(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    before = store.subkey("wm.master"), store.subkey("ledger.text-hmac")
    store.rotate()
    with store.transaction() as tx:
        tx.destroy_key(ANNA)
    assert before == (store.subkey("wm.master"), store.subkey("ledger.text-hmac"))
    assert len({*before, make_vault(tmp_path / "other").subkey("wm.master")}) == 3
    assert len(before[0]) == 32


def test_another_process_sees_each_change_at_once(tmp_path: Path) -> None:
    writer = make_full_vault(tmp_path)
    readers = [reopened(tmp_path), Store.open(vault_folder(tmp_path))]
    readers[1].unlock(key_file(tmp_path))
    for round_ in range(3):
        stamps = [reader.stamp() for reader in readers]
        with writer.transaction() as tx:
            tx.document["round"] = round_
            tx.rotate()
        for reader, stamp in zip(readers, stamps, strict=True):
            assert reader.stamp() != stamp
            assert reader.document()["round"] == round_
            assert reader.generation == writer.generation
    with writer.transaction() as tx:
        part = tx.parts(ANNA)[0]
        tx.destroy_key(ANNA)
    for reader in readers:
        with pytest.raises(VoiceNotFoundError):
            reader.read(part, permit_for(part))
        assert reader.stamp() == writer.stamp()


def test_a_reader_whose_slot_is_taken_away_is_locked(tmp_path: Path) -> None:
    writer = make_full_vault(tmp_path)
    reader = reopened(tmp_path)
    writer.change_passphrase(OTHER_PASSPHRASE)

    with pytest.raises(VaultLockedError):
        reader.document()
    assert not reader.unlocked
    with pytest.raises(WrongSecretError):
        reader.unlock(PASSPHRASE)
    reader.unlock(OTHER_PASSPHRASE)
    assert reader.document() == writer.document()


def test_a_reader_in_a_thread_never_sees_half_a_change(tmp_path: Path) -> None:
    writer, reader = make_full_vault(tmp_path), reopened(tmp_path)
    stop, wrong = threading.Event(), list[object]()

    def look() -> None:
        while not stop.is_set():
            try:
                part = reader.parts(ANNA, "embedding")[0]
                mark_of(reader, part)
            except VoiceNotFoundError:
                continue  # rebound between the two looks
            except Exception as error:  # noqa: BLE001 - it is what the test looks for
                wrong.append(error)
                return

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(25):
            with writer.transaction() as tx:
                tx.rebind(ANNA, new_id())
                tx.rotate()
    finally:
        stop.set()
        thread.join()
    assert wrong == []


def test_a_second_writer_waits_a_little_and_then_is_told(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    with (vault_folder(tmp_path) / ".lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(VaultBusyError) as caught:
            store.rotate()
        assert 1.5 < time.monotonic() - began < 8
        assert caught.value.retry
        assert state_of(reopened(tmp_path))
    store.rotate()


def test_writers_take_turns(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    failed: list[BaseException] = []

    def count() -> None:
        store = reopened(tmp_path)
        try:
            for _ in range(5):
                with store.transaction() as tx:
                    tx.document["count"] = tx.document.get("count", 0) + 1
        except VaultError as error:
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert reopened(tmp_path).document()["count"] == 15


def test_no_vault_half_a_vault_and_a_vault_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(NoVaultError) as caught:
        Store.open(tmp_path / "nowhere")
    assert caught.value.hint == "hub-agent vault init"

    make_full_vault(tmp_path)
    with pytest.raises(VaultExistsError):
        make_vault(tmp_path)

    (vault_folder(tmp_path) / "vault.json").unlink()
    with pytest.raises(VaultDamagedError, match=r"vault\.json"):
        Store.open(vault_folder(tmp_path))
    with pytest.raises(VaultDamagedError, match="sealed files"):
        make_vault(tmp_path)


def test_a_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    vault_folder(tmp_path).mkdir(parents=True)
    (vault_folder(tmp_path) / "photo.jpg").write_bytes(b"dear")
    with pytest.raises(VaultError, match="other things"):
        make_vault(tmp_path)
    assert (vault_folder(tmp_path) / "photo.jpg").read_bytes() == b"dear"


def test_a_vault_needs_a_secret(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="at least one"):
        Store.create(tmp_path / "vault", [], document={})
    assert not (tmp_path / "vault").exists()


def test_an_older_vault_in_place_of_a_newer_one_is_noticed(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    folder = vault_folder(tmp_path)
    old = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with store.transaction() as tx:
        tx.document["more"] = True
    for path in folder.glob("keys-*"):
        path.unlink()
    for name, content in old.items():
        (folder / name).write_bytes(content)

    with pytest.raises(VaultDamagedError) as caught:
        store.document()
    assert caught.value.reason == "rolled_back"


def test_an_older_catalogue_under_the_newer_name_is_noticed(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    folder = vault_folder(tmp_path)
    old = (folder / "keys-2.bin").read_bytes()
    with store.transaction() as tx:
        tx.discard(tx.parts(ANNA)[0])
    (folder / "keys-3.bin").write_bytes(old)

    with pytest.raises(VaultDamagedError, match=r"keys-3\.bin .* another generation"):
        reopened(tmp_path)
    assert [finding.file for finding in store.check()] == ["keys-3.bin"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "not_permitted"),
        (errno.EIO, "disk_failed"),
    ],
)
def test_what_the_disk_refuses_is_told_in_plain_words(
    tmp_path: Path, number: int, reason: str
) -> None:
    make_full_vault(tmp_path)
    failure = OSError(number, os.strerror(number))
    store = Store.open(vault_folder(tmp_path), files=FaultyFiles(1, failure=failure))
    store.unlock(PASSPHRASE)
    before = state_of(store)

    def change() -> None:
        with store.transaction() as tx:
            tx.document["more"] = True

    with pytest.raises(VaultError) as caught:
        change()
    assert caught.value.reason == reason
    assert state_of(store) == before
    change()
    assert store.document()["more"]


def test_a_voice_that_a_key_file_knows_to_be_dead_does_not_come_back(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    folder = vault_folder(tmp_path)
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", folder, copy], check=True)
    with store.transaction() as tx:
        tx.destroy_key(ANNA)
    subprocess.run(["rm", "-r", folder], check=True)
    copy.rename(folder)

    old = Store.open(folder)
    with pytest.raises(WrongSecretError):
        old.unlock(key_file(tmp_path))
    old.unlock(PASSPHRASE)

    assert old.voice_ids() == {BERT}
    assert old.parts(ANNA) == ()
    assert old.tombstones() == {ANNA}
    old.rotate()
    assert not any(part.voice_id == ANNA for part in old._fresh().catalogue.parts)
    assert ANNA not in old._fresh().catalogue.keys
    assert old.check() == []


def test_secrets_are_never_shown_and_gone_when_wiped() -> None:
    secret = Secret(b"k" * 32)
    assert "k" * 3 not in repr(secret)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with secret.copy() as copy:
        assert copy.view() == b"k" * 32
    secret.wipe()
    for gone in (secret, copy):
        with pytest.raises(VaultLockedError):
            gone.view()


def test_locking_overwrites_the_keys(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    opened = store._fresh()
    views = [opened.vmk.view(), opened.catalogue.root.view()]
    views += [key.view() for key in opened.catalogue.keys.values()]
    assert all(any(view) for view in views)
    store.lock()
    assert not any(any(view) for view in views)


def test_nothing_personal_is_in_any_repr(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    opened = store._fresh()
    shown: list[Any] = [store, opened, opened.catalogue, PASSPHRASE, RECOVERY, payload()]
    with store.transaction() as tx:
        shown += [tx, tx._draft]
    text = " ".join(map(repr, shown))
    for secret in (NAME, PASSPHRASE.text, RECOVERY.text, "embedding-of"):
        assert secret not in text


def test_a_hardened_process_leaves_no_core_dump() -> None:
    code = (
        "import resource, ctypes; from voices.vault.secret import harden_process as h; h();"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert done.stdout.split() == [b"0", b"0"]
    assert callable(harden_process)

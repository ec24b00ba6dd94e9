"""Whatever is not as it was written is found, and the file is named."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.vault_rig import (
    ANNA,
    BERT,
    CONSENT_ANNA,
    PASSPHRASE,
    key_file,
    make_full_vault,
    make_vault,
    permit_for,
    vault_folder,
)
from voices.errors import VaultDamagedError, VaultError
from voices.payload import Payload
from voices.vault.catalogue import open_catalogue
from voices.vault.header import catalogue_name, read_header
from voices.vault.parts import Part, open_part, seal_part
from voices.vault.store import Store


def flipped(content: bytes) -> Iterator[bytes]:
    for bit in range(len(content) * 8):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def every_flip_is_damage(content: bytes, verify: Callable[[bytes], object], name: str) -> None:
    verify(content)
    for changed in flipped(content):
        with pytest.raises(VaultDamagedError) as caught:
            verify(changed)
        assert name in str(caught.value)


def found(store: Store) -> list[tuple[str, str]]:
    return [(finding.file, finding.reason) for finding in store.check()]


def test_every_single_flipped_bit_of_the_header_is_found(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "vault", [PASSPHRASE], document={})
    content = (store.folder / "vault.json").read_bytes()
    every_flip_is_damage(content, read_header, "vault.json")


def test_every_single_flipped_bit_of_the_catalogue_is_found(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "vault", [PASSPHRASE], document={})
    opened = store._fresh()

    def verify(data: bytes) -> None:
        open_catalogue(data, store.vault_id, 1, opened.vmk).wipe()

    content = (store.folder / catalogue_name(1)).read_bytes()
    every_flip_is_damage(content, verify, catalogue_name(1))


def test_every_single_flipped_bit_of_a_part_is_found(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    part = store.parts(ANNA)[0]
    key = store._fresh().catalogue.keys[ANNA]
    content = (store.folder / part.file).read_bytes()
    every_flip_is_damage(
        content, lambda data: open_part(data, part, store.vault_id, key), part.file
    )


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_flipped_bit_in_any_byte_of_any_file_is_named_by_the_check(
    tmp_path: Path, is_locked: bool
) -> None:
    store = make_full_vault(tmp_path)
    if is_locked:
        store.lock()
    assert found(store) == []
    names = ["vault.json", *read_header((store.folder / "vault.json").read_bytes()).files]
    for name in names:
        path = store.folder / name
        content = path.read_bytes()
        for at in range(0, len(content), 13):
            changed = bytearray(content)
            changed[at] ^= 1 << at % 8
            path.write_bytes(changed)
            assert name in [file for file, _ in found(store)]
        path.write_bytes(content)
    assert found(store) == []


def test_a_missing_a_cut_and_a_lengthened_file_are_named(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    for path in [*store.folder.glob("voices/*"), *store.folder.glob("keys-*")]:
        name = str(path.relative_to(store.folder))
        content = path.read_bytes()
        for changed in (b"", content[:-1], content[: len(content) // 2], content + b"\0"):
            path.write_bytes(changed)
            assert found(store) == [(name, "damaged")]
        path.unlink()
        assert found(store) == [(name, "missing")]
        path.write_bytes(content)
        path.chmod(0o600)
    (store.folder / "vault.json").unlink()
    assert ("vault.json", "missing") in found(store)


def test_two_swapped_parts_are_named_and_neither_is_read(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    one, other = store.parts(ANNA, "embedding")[0], store.parts(BERT)[0]
    paths = [store.folder / part.file for part in (one, other)]
    paths[0].rename(tmp_path / "aside")
    paths[1].rename(paths[0])
    (tmp_path / "aside").rename(paths[1])

    assert sorted(found(store)) == sorted([(one.file, "foreign"), (other.file, "foreign")])
    with pytest.raises(VaultDamagedError, match=f"{one.file} .* belongs into {other.file}"):
        store.read(one, permit_for(one))
    store.lock()
    assert {file for file, _ in found(store)} == {one.file, other.file}


def test_a_part_of_another_vault_or_another_consent_is_named(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    part = store.parts(ANNA)[0]
    key = store._fresh().catalogue.keys[ANNA]
    other_consent = Part(ANNA, part.kind, part.version, "e" * 32, part.file)
    other_version = Part(ANNA, part.kind, 9, CONSENT_ANNA, part.file)
    forged = {
        "another consent": seal_part(Payload({}), other_consent, store.vault_id, key),
        "another part": seal_part(Payload({}), other_version, store.vault_id, key),
        "another vault": seal_part(Payload({}), part, "e" * 32, key),
    }
    for why, content in forged.items():
        (store.folder / part.file).write_bytes(content)
        assert found(store) == [(part.file, "foreign")]
        with pytest.raises(VaultDamagedError, match=why):
            store.read(part, permit_for(part))


def test_an_older_content_of_the_same_part_is_noticed(tmp_path: Path) -> None:
    """Rightly sealed with the right key, but not what was committed."""
    store = make_full_vault(tmp_path)
    part = store.parts(ANNA)[0]
    key = store._fresh().catalogue.keys[ANNA]
    (store.folder / part.file).write_bytes(seal_part(Payload({}), part, store.vault_id, key))
    assert found(store) == [(part.file, "damaged")]
    with pytest.raises(VaultDamagedError, match="checksum"):
        store.read(part, permit_for(part))


def test_extra_files_links_and_open_modes_are_named(tmp_path: Path) -> None:
    store = make_full_vault(tmp_path)
    (store.folder / "notes.txt").write_text("x")
    (store.folder / "notes.txt").chmod(0o600)
    left_over = f"voices/{'0' * 32}.hvv"
    (store.folder / left_over).write_bytes(b"x")
    (store.folder / left_over).chmod(0o600)
    part = store.folder / store.parts(ANNA)[0].file
    part.chmod(0o644)
    store.folder.chmod(0o755)

    assert sorted(found(store)) == sorted(
        [
            ("notes.txt", "extra"),
            (left_over, "extra"),
            (store.parts(ANNA)[0].file, "mode"),
            (str(store.folder), "mode"),
        ]
    )
    store.folder.chmod(0o700)
    part.rename(tmp_path / "moved")
    part.symlink_to(tmp_path / "moved")
    assert (store.parts(ANNA)[0].file, "damaged") in found(store)
    with pytest.raises(VaultDamagedError, match="link"):
        store.read(store.parts(ANNA)[0], permit_for(store.parts(ANNA)[0]))


def test_left_overs_go_at_the_next_unlock_and_other_things_stay(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    folder = vault_folder(tmp_path)
    gone = [
        "keys-9.bin",
        f"voices/{'0' * 32}.hvv",
        ".vault.json.writing-0123",
        "voices/.x.writing-1",
    ]
    for name in [*gone, "notes.txt"]:
        (folder / name).write_bytes(b"x")
    store = Store.open(folder)
    assert (folder / gone[0]).exists()
    store.unlock(PASSPHRASE)
    assert [name for name in gone if (folder / name).exists()] == []
    assert (folder / "notes.txt").exists()


def test_a_damaged_header_never_leads_to_removing_good_files(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    folder = vault_folder(tmp_path)
    content = (folder / "vault.json").read_bytes()
    before = sorted(path.name for path in folder.rglob("*"))
    for at in range(0, len(content), 11):
        changed = bytearray(content)
        changed[at] ^= 1
        (folder / "vault.json").write_bytes(changed)
        with pytest.raises(VaultDamagedError, match=r"vault\.json"):
            Store.open(folder)
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_a_key_file_that_is_gone_damaged_or_open_is_named(tmp_path: Path) -> None:
    store = make_vault(tmp_path)
    path = key_file(tmp_path).path
    path.chmod(0o644)
    assert found(store) == [(str(path), "mode")]
    path.write_bytes(b"{}")
    path.chmod(0o600)
    assert found(store) == [(str(path), "damaged")]
    path.unlink()
    assert found(store) == [(str(path), "missing")]


def test_damage_is_told_with_the_next_thing_to_do(tmp_path: Path) -> None:
    make_full_vault(tmp_path)
    (vault_folder(tmp_path) / "vault.json").write_bytes(b"{}")
    with pytest.raises(VaultError) as caught:
        Store.open(vault_folder(tmp_path))
    assert caught.value.hint is not None
    assert "hub-agent vault restore" in caught.value.hint

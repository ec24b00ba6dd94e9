"""Vault and ledger as one thing: damage is named, a damaged ledger hinders no withdrawal."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.household import (
    ENGINE,
    PASSPHRASE,
    Home,
    create,
    enrol,
    family,
    key_file,
    ledger,
    reopen,
    use,
    vault,
)
from voices.consent.ledger import Ledger
from voices.consent.ledger_events import EventType
from voices.errors import (
    LedgerDamagedError,
    VaultDamagedError,
    VaultError,
    VaultLockedError,
    VoicesError,
    WrongSecretError,
)
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.vault.backup import read_backup
from voices.vault.header import PARTS_FOLDER
from voices.vault.lock import writing
from voices.vault.slots import KeyFile, Passphrase, ScryptCost


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def flips(path: Path, step: int) -> Iterator[str]:
    """The file with one bit changed at a time, and put right at the end; every bit for step 1."""
    sound = path.read_bytes()
    try:
        for bit in {*range(0, len(sound) * 8, step), len(sound) * 8 - 1}:
            bad = bytearray(sound)
            bad[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bad)
            yield f"bit {bit} of {path.name}"
    finally:
        path.write_bytes(sound)


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def bits_apart(path: Path, wanted: int = 60) -> int:
    """A step that visits each bit of a byte in turn, for about that many flips."""
    return max(1, path.stat().st_size * 8 // wanted) | 1


def test_every_flipped_bit_is_found_and_its_file_named_and_nothing_is_spoken(home: Home) -> None:
    data = home.root / "data"
    reopen(home.root)
    for path in files_of(data):
        is_ledger = path.parent == ledger(home.root)
        name = str(path.relative_to(data if is_ledger else vault(home.root)))
        for what in flips(path, bits_apart(path)):
            household = opened_or_none(home.root)
            if household is not None:
                assert name in {finding.file for finding in household.check()}, what
            assert household is not None or name in unopened_check(home.root), what
            is_other_part = path.suffix == ".hvv" and path.name != spoken_part(home)
            assert is_other_part or is_silent(home), what
    assert reopen(home.root).check() == []


def opened_or_none(root: Path) -> Household | None:
    try:
        return reopen(root)
    except VaultDamagedError:
        return None
    except WrongSecretError:
        return None


def unopened_check(root: Path) -> list[str]:
    try:
        return [finding.file for finding in Household.open(vault(root), ledger(root)).check()]
    except VaultDamagedError as error:
        return [str(error).split()[0]]


def spoken_part(home: Home) -> str:
    part = home.household.parts(home.member.key, f"data.{ENGINE}")[0]
    return Path(part.file).name


def is_silent(home: Home) -> bool:
    try:
        with home.family().open_voice(home.member.key, ENGINE, use()):
            return False
    except VoicesError:
        return True


def test_every_flipped_bit_of_a_backup_is_found(home: Home) -> None:
    file = home.root / "backup"
    home.household.backup(file, PASSPHRASE)
    for what in flips(file, bits_apart(file, 400)):
        assert is_refused(file), what
    assert read_backup(file, PASSPHRASE).voice_ids == {home.member.key}


def is_refused(file: Path) -> bool:
    try:
        read_backup(file, PASSPHRASE)
    except VaultError:
        return True
    return False


def damage_ledger(root: Path) -> Path:
    path = next(ledger(root).glob("*.jsonl"))
    data = bytearray(path.read_bytes())
    data[40] ^= 4
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("end", ["revoke", "delete"])
def test_a_damaged_ledger_hinders_no_withdrawal_and_is_told_later(home: Home, end: str) -> None:
    sound = next(ledger(home.root).glob("*.jsonl"))
    kept = sound.read_bytes()
    damage_ledger(home.root)
    keeper = VoiceKeeper(reopen(home.root))
    getattr(keeper, end)(keeper.member("grandma"))
    assert is_silent(home)
    assert not list((vault(home.root) / PARTS_FOLDER).iterdir())
    again = reopen(home.root)
    assert {m.state.value for m in again.members().values()} <= {"revoked"}
    sound.write_bytes(kept)
    mended = reopen(home.root)
    kinds = Counter(event.type for event in mended.events())
    assert kinds[EventType.CONSENT_REVOKED] == kinds[EventType.VOICE_SHREDDED] == 1
    assert mended.check() == []


def test_a_damaged_ledger_lets_nobody_in(home: Home) -> None:
    damage_ledger(home.root)
    with pytest.raises(LedgerDamagedError):
        enrol(reopen(home.root), 5, id="bert", name="Bert")
    assert [m.id for m in reopen(home.root).members().values()] == ["grandma"]


def test_a_running_agent_notices_a_ledger_that_is_damaged_meanwhile(home: Home) -> None:
    voices = home.family()
    voices.check(home.member.key, use())
    damage_ledger(home.root)
    with pytest.raises(LedgerDamagedError):
        voices.check(home.member.key, use())


def test_a_ledger_that_is_gone_lets_nobody_speak_and_is_told(home: Home) -> None:
    shutil.rmtree(ledger(home.root))
    assert is_silent(home)
    assert "missing" in [finding.reason for finding in reopen(home.root).check()]


def test_another_vaults_ledger_is_refused(home: Home, tmp_path: Path) -> None:
    other = create(tmp_path / "other")
    shutil.rmtree(ledger(home.root))
    shutil.copytree(ledger(tmp_path / "other"), ledger(home.root))
    del other
    with pytest.raises(LedgerDamagedError):
        home.family().check(home.member.key, use())
    assert reopen(home.root).check() != []


def test_a_ledger_put_back_to_an_older_state_is_refused_by_whoever_saw_the_newer(
    home: Home,
) -> None:
    path = next(ledger(home.root).glob("*.jsonl"))
    older = path.read_bytes()
    enrol(home.household, 5, id="bert", name="Bert")
    voices = home.family()
    voices.check(home.member.key, use())
    path.write_bytes(older)
    with pytest.raises(LedgerDamagedError):
        voices.check(home.member.key, use())


def test_a_ledger_with_many_files_is_followed_like_a_fresh_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Ledger.open.__func__.__kwdefaults__, "rotate_at_bytes", 1500)  # type: ignore[attr-defined]  # a method of the class
    home.household = reopen(home.root)
    keeper = home.keeper
    for number in range(6):
        member = enrol(home.household, 10 + number, id=f"v{number}", name=f"Voice {number}")
        if number % 2:
            keeper.revoke(member)
    fresh = reopen(home.root)
    assert len(list(ledger(home.root).iterdir())) > 3
    for key in fresh.members():
        assert home.household.standing(key) == fresh.standing(key)


def test_a_writer_elsewhere_does_not_keep_the_vault_from_being_opened(home: Home) -> None:
    damage = damage_ledger(home.root)
    home.keeper.revoke(home.member)
    with writing(vault(home.root)):
        assert reopen(home.root).unlocked
    assert damage.exists()


def test_only_the_policy_makes_permits(home: Home) -> None:
    @dataclass(frozen=True)
    class Forged:
        voice_id: str
        consent_id: str

    part = home.household.parts(home.member.key, f"data.{ENGINE}")[0]
    forged = Forged(part.voice_id, part.consent_id)
    with pytest.raises(TypeError):
        home.household.read(part, forged)  # type: ignore[arg-type]  # that is what is tried


def test_locking_and_unlocking(home: Home) -> None:
    home.household.add_slot(PASSPHRASE)
    before = {path: path.read_bytes() for path in files_of(home.root)}
    locked = Household.open(vault(home.root), ledger(home.root))
    for ask in (locked.members, locked.signing_key, lambda: locked.standing(home.member.key)):
        with pytest.raises(VaultLockedError):
            ask()
    wrong = Passphrase("wrong horse battery", ScryptCost(4, least=4))
    with pytest.raises(WrongSecretError):
        locked.unlock(wrong)
    assert not locked.unlocked
    assert {path: path.read_bytes() for path in files_of(home.root)} == before
    locked.unlock(PASSPHRASE)
    opened = locked._store._opened
    assert opened is not None
    locked.lock()
    keys = [opened.vmk, opened.catalogue.root, *opened.catalogue.keys.values()]
    for key in keys:
        with pytest.raises(VaultLockedError):
            key.view()
    with pytest.raises(VaultLockedError):
        locked.members()


def test_the_last_way_in_stays(home: Home) -> None:
    with pytest.raises(VaultError):
        home.household.remove_slot(home.household.slots()[0].id)


def test_after_a_rotation_an_older_copy_stays_shut_for_the_key_file(home: Home) -> None:
    copy = home.root / "copy"
    shutil.copytree(home.root / "data", copy)
    assert home.household.rotate() == ()
    old = Household.open(copy / "vault", copy / "ledger")
    with pytest.raises(WrongSecretError):
        old.unlock(KeyFile(key_file(home.root).path))


def test_each_change_is_recorded_once_however_often_the_vault_is_opened(home: Home) -> None:
    for _ in range(4):
        reopen(home.root)
    kinds = [event.type for event in home.household.events()]
    assert kinds == [
        EventType.GENESIS,
        EventType.VAULT_CREATED,
        EventType.CONSENT_GRANTED,
        EventType.VOICE_SEALED,
    ]


def test_everything_is_seen_by_a_second_process(home: Home) -> None:
    second = reopen(home.root)
    stamp = second.stamp()
    home.keeper.rename(home.member, "Oma")
    assert second.stamp() != stamp
    assert [m.name for m in second.members().values()] == ["Oma"]
    assert family(home.root).find("oma") is not None

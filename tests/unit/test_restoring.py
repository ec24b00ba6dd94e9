"""A backup brings nobody back who withdrew, and another hub has to ask anew."""

import shutil
from pathlib import Path

import pytest

from tests.fakes.household import (
    ENGINE,
    PASSPHRASE,
    Home,
    create,
    enrol,
    key_file,
    ledger,
    renewal,
    reopen,
    use,
    vault,
)
from voices.consent.ledger_events import EventType
from voices.errors import (
    LedgerDamagedError,
    VaultDamagedError,
    VaultExistsError,
    VoicesError,
    WrongSecretError,
)
from voices.restoring import Restored, restore
from voices.vault.slots import KeyFile, Passphrase, ScryptCost, SlotSecret


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    enrol(home.household, 5, id="bert", name="Bert")
    home.household.backup(tmp_path / "backup", PASSPHRASE)
    return home


def bring_back(home: Home, *, over: bool = False) -> Restored:
    file, slots = home.root.parent / "backup", [key_file(home.root)]
    at = vault(home.root), ledger(home.root)
    return restore(*at, file, PASSPHRASE, slots, replace_present=over)


def heard(home: Home) -> dict[str, str]:
    return {m.id: heard_one(home, m.key) for m in reopen(home.root).members().values()}


def heard_one(home: Home, key: str) -> str:
    try:
        with home.family().open_voice(key, ENGINE, use()) as data:
            return str(data.meta["seed"])
    except VoicesError as error:
        return error.reason


def test_at_home_a_backup_speaks_again(home: Home) -> None:
    shutil.rmtree(vault(home.root))
    assert bring_back(home) == Restored(2, 0, 0)
    assert heard(home) == {"grandma": "1", "bert": "5"}
    household = reopen(home.root)
    assert household.check() == []
    assert [e.type for e in household.events()].count(EventType.BACKUP_MADE) == 1
    assert [e.type for e in household.events()].count(EventType.BACKUP_RESTORED) == 1


def test_a_vault_that_is_there_is_replaced_only_when_that_is_said(home: Home) -> None:
    with pytest.raises(VaultExistsError):
        bring_back(home)
    home.keeper.rename(home.member, "Oma")
    assert bring_back(home, over=True) == Restored(2, 0, 0)
    assert heard(home) == {"grandma": "1", "bert": "5"}
    assert "Oma" not in [m.name for m in reopen(home.root).members().values()]
    assert reopen(home.root).check() == []


def test_a_damaged_vault_can_be_replaced(home: Home) -> None:
    for path in vault(home.root).rglob("*"):
        if path.is_file() and path.name != ".lock":
            path.write_bytes(path.read_bytes()[:-7])
    bring_back(home, over=True)
    assert heard(home) == {"grandma": "1", "bert": "5"}
    assert reopen(home.root).check() == []


@pytest.mark.parametrize("over", [True, False])
def test_who_withdrew_since_the_backup_stays_withdrawn(home: Home, over: bool) -> None:
    home.keeper.revoke(home.member)
    if not over:
        shutil.rmtree(vault(home.root))
    assert bring_back(home, over=over) == Restored(1, 1, 0)
    assert heard(home) == {"grandma": "consent_revoked", "bert": "5"}
    assert reopen(home.root).check() == []


def test_the_key_file_remembers_who_withdrew_when_all_else_is_gone(home: Home) -> None:
    home.keeper.revoke(home.member)
    shutil.rmtree(home.root / "data")
    assert bring_back(home) == Restored(1, 1, 1)
    assert heard(home) == {"grandma": "consent_revoked", "bert": "consent_suspended"}
    events = list(reopen(home.root).events())
    revoked = [e.body["voice_id"] for e in events if e.type is EventType.CONSENT_REVOKED]
    assert revoked == [home.member.key]


def test_on_another_hub_everybody_has_to_agree_again(home: Home) -> None:
    shutil.rmtree(home.root / "data")
    shutil.rmtree(home.root / "keys")
    assert bring_back(home) == Restored(2, 0, 2)
    assert set(heard(home).values()) == {"consent_suspended"}
    home.household = reopen(home.root)
    member = home.keeper.member("grandma")
    for ask in (home.keeper.recordings, home.keeper.contents):
        with pytest.raises(VoicesError, match="not in force"):
            ask(member)
    home.keeper.renew(member, renewal(home.household, member))
    assert heard(home) == {"grandma": "1", "bert": "consent_suspended"}
    assert reopen(home.root).check() == []


def test_trying_again_on_another_hub_does_not_make_it_home(home: Home) -> None:
    shutil.rmtree(home.root / "data")
    with pytest.raises(VoicesError):
        restore(
            vault(home.root),
            ledger(home.root),
            home.root.parent / "backup",
            PASSPHRASE,
            [Passphrase("short", ScryptCost(4, least=4))],
        )
    assert bring_back(home).suspended == 2


def test_another_vaults_ledger_is_not_written_over(home: Home, tmp_path: Path) -> None:
    create(tmp_path / "other")
    shutil.rmtree(home.root / "data")
    shutil.copytree(tmp_path / "other" / "data" / "ledger", ledger(home.root))
    with pytest.raises(LedgerDamagedError) as caught:
        bring_back(home)
    assert caught.value.reason == "another_ledger"
    assert not vault(home.root).exists()


def test_a_wrong_passphrase_or_a_damaged_backup_changes_nothing(home: Home) -> None:
    file = home.root.parent / "backup"
    wrong = Passphrase("wrong horse battery", ScryptCost(4, least=4))
    with pytest.raises(WrongSecretError):
        restore(
            vault(home.root),
            ledger(home.root),
            file,
            wrong,
            [KeyFile(key_file(home.root).path)],
            replace_present=True,
        )
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(VaultDamagedError):
        bring_back(home, over=True)
    assert heard(home) == {"grandma": "1", "bert": "5"}


def test_a_failure_while_replacing_leaves_the_old_vault_open_to_its_key_file(home: Home) -> None:
    slots: list[SlotSecret] = [key_file(home.root), Passphrase("short", ScryptCost(4, least=4))]
    with pytest.raises(VoicesError):
        restore(
            vault(home.root),
            ledger(home.root),
            home.root.parent / "backup",
            PASSPHRASE,
            slots,
            replace_present=True,
        )
    assert heard(home) == {"grandma": "1", "bert": "5"}
    assert reopen(home.root).check() == []

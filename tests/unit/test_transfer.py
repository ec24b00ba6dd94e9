"""A voice moves to another hub in a file that its passphrase opens, with consent given anew."""

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.household import ENGINE, NAME, PASSPHRASE, Home, create, family, record, use
from voices.errors import (
    ConsentRefusedError,
    NoVaultError,
    VaultDamagedError,
    VaultExistsError,
    VoicesError,
    WrongSecretError,
)
from voices.keeper import VoiceKeeper
from voices.transfer import read_export, write_export
from voices.vault.slots import Passphrase, ScryptCost


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_a_voice_speaks_on_another_hub_after_consent_there(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "voice.hvx"
    write_export(home.keeper, home.member, file, PASSPHRASE)
    assert NAME.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    exported = read_export(file, PASSPHRASE)
    other = create(tmp_path / "other")
    member = VoiceKeeper(other).enrol(exported.enrolment(record(other)))
    assert member.key != home.member.key
    there_open = family(tmp_path / "other").open_voice(member.key, ENGINE, use())
    with there_open as there, home.family().open_voice(home.member.key, ENGINE, use()) as here:
        assert np.array_equal(there.arrays["x"], here.arrays["x"])


def test_a_withdrawn_voice_is_not_exported_and_no_file_replaced(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "voice.hvx"
    file.write_bytes(b"mine")
    with pytest.raises(VaultExistsError):
        write_export(home.keeper, home.member, file, PASSPHRASE)
    assert file.read_bytes() == b"mine"
    home.keeper.revoke(home.member)
    with pytest.raises(ConsentRefusedError):
        write_export(home.keeper, home.member, tmp_path / "other.hvx", PASSPHRASE)
    assert not (tmp_path / "other.hvx").exists()


def test_every_damage_of_an_export_is_found(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "voice.hvx"
    with pytest.raises(NoVaultError):
        read_export(file, PASSPHRASE)
    write_export(home.keeper, home.member, file, PASSPHRASE)
    with pytest.raises(WrongSecretError):
        read_export(file, Passphrase("wrong horse battery", ScryptCost(4, least=4)))
    sound = file.read_bytes()
    for bit in range(0, len(sound) * 8, len(sound) * 8 // 300 | 1):
        bad = bytearray(sound)
        bad[bit // 8] ^= 1 << bit % 8
        file.write_bytes(bad)
        with pytest.raises(VoicesError) as caught:
            read_export(file, PASSPHRASE)
        assert isinstance(caught.value, VaultDamagedError | WrongSecretError), bit

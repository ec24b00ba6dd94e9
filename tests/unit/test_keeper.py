"""Voices are refined in small steps, kept in few versions, and destroyed for good."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.household import (
    ENGINE,
    PASSPHRASE,
    Home,
    embedding,
    enrol,
    key_file,
    ledger,
    material,
    near,
    record,
    renewal,
    reopen,
    scope,
    use,
    vault,
)
from voices.errors import (
    ConsentRefusedError,
    EnrolmentRefusedError,
    VoiceNotFoundError,
    VoicesError,
    WrongSecretError,
)
from voices.household import Household
from voices.members import MemberState
from voices.payload import Payload
from voices.sealing import KEPT_VERSIONS
from voices.vault.header import PARTS_FOLDER


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def spoken(home: Home, key: str) -> object:
    with home.family().open_voice(key, ENGINE, use()) as data:
        return data.meta["seed"]


def sealed_files(home: Home) -> set[str]:
    return {path.name for path in (vault(home.root) / PARTS_FOLDER).iterdir()}


def test_an_update_moves_the_embedding_by_a_bounded_step(home: Home) -> None:
    keeper, old = home.keeper, embedding(1)
    new = near(old, 0.8)
    updated = keeper.update(home.member, material(2, new))
    now = keeper._embedding(updated)
    assert float(np.linalg.norm(now)) == pytest.approx(1, abs=1e-5)
    assert float(now @ old) > 0.97
    assert float(now @ new) > float(old @ new)
    assert spoken(home, updated.key) == 2


def test_an_engine_is_fitted_without_touching_anything_else(home: Home) -> None:
    keeper, other = home.keeper, Payload({"seed": 7}, {"x": np.ones(3, np.float32)})
    fitted = keeper.fit(home.member, "other", other)
    assert fitted.current == 2
    assert np.array_equal(keeper._embedding(fitted), embedding(1))
    assert set(fitted.version.parts) == {*home.member.version.parts, "data.other"}
    assert spoken(home, fitted.key) == 1
    with home.family().open_voice(fitted.key, "other", use()) as data:
        assert data.meta["seed"] == 7
    back = keeper.roll_back(fitted)
    with (
        pytest.raises(VoiceNotFoundError) as caught,
        home.family().open_voice(back.key, "other", use()),
    ):
        pass
    assert caught.value.reason == "no_voice_data"
    assert caught.value.hint == "hub-agent voices fit ID --engine other"


def test_what_other_engines_speak_with_outlives_an_update(home: Home) -> None:
    fitted = home.keeper.fit(home.member, "other", Payload({"seed": 7}))
    updated = home.keeper.update(fitted, material(2, embedding(1)))
    assert spoken(home, updated.key) == 2
    with home.family().open_voice(updated.key, "other", use()) as data:
        assert data.meta["seed"] == 7
    assert reopen(home.root).check() == []


def test_nothing_is_fitted_without_consent(home: Home) -> None:
    past = datetime.now(UTC) - timedelta(days=20)
    ended = record(home.household, scope(past + timedelta(days=10)), created=past)
    member = enrol(home.household, 5, id="bert", name="Bert", consent=ended)
    before = sealed_files(home)
    with pytest.raises(ConsentRefusedError):
        home.keeper.fit(member, "other", Payload({}))
    assert sealed_files(home) == before


def test_another_persons_recordings_change_nothing(home: Home) -> None:
    before = sealed_files(home)
    with pytest.raises(EnrolmentRefusedError) as caught:
        home.keeper.update(home.member, material(2, near(embedding(1), 0.65)))
    assert caught.value.reason == "another_person"
    assert sealed_files(home) == before


def test_rolling_back_restores_embedding_template_and_data(home: Home) -> None:
    keeper = home.keeper
    updated = keeper.update(home.member, material(2, near(embedding(1), 0.8)))
    back = keeper.roll_back(updated)
    assert np.array_equal(keeper._embedding(back), embedding(1))
    assert np.allclose(back.template, home.member.template)
    assert not np.allclose(updated.template, home.member.template)
    assert spoken(home, back.key) == 1
    assert keeper.roll_back(back, 2).current == 2
    for number in (None, 9):
        with pytest.raises(VoiceNotFoundError):
            keeper.roll_back(back, number)


def test_few_versions_are_kept_and_the_files_of_older_ones_are_gone(home: Home) -> None:
    keeper, member = home.keeper, home.member
    first = sealed_files(home)
    for seed in range(2, 9):
        member = keeper.update(member, material(seed, embedding(1), keep=bool(seed % 2)))
    assert [version.number for version in member.versions] == [4, 5, 6, 7, 8]
    assert len(member.versions) == KEPT_VERSIONS
    assert sealed_files(home).isdisjoint(first)
    assert len(sealed_files(home)) == sum(len(version.parts) for version in member.versions)
    assert reopen(home.root).check() == []


def test_names_are_taken_by_others_only(home: Home) -> None:
    keeper = home.keeper
    assert keeper.rename(home.member, home.member.name.upper()).name.isupper()
    enrol(home.household, 5, id="bert", name="Bert")
    with pytest.raises(EnrolmentRefusedError):
        keeper.rename(home.member, "bert")
    for bad in ("", " ", "a\nb", "x" * 65):
        with pytest.raises(EnrolmentRefusedError):
            keeper.rename(home.member, bad)
    for bad_id in ("", "Anna", "a b", "../x", "x" * 33, "-a"):
        with pytest.raises(EnrolmentRefusedError) as caught:
            enrol(home.household, 6, id=bad_id, name="Nora")
        assert caught.value.reason == "bad_id"


def test_whoever_was_looked_up_before_a_withdrawal_is_not_brought_back(home: Home) -> None:
    stale, keeper = home.member, home.keeper
    reopened = Home.keeper.fget(home)  # type: ignore[attr-defined]  # a property's function
    reopened.revoke(stale)
    for act in (
        lambda: keeper.rename(stale, "Oma"),
        lambda: keeper.update(stale, material(2, embedding(1))),
        lambda: keeper.roll_back(stale, 1),
        lambda: keeper.renew(stale, renewal(home.household, stale)),
        lambda: keeper.revoke(stale),
        lambda: keeper.recordings(stale),
        lambda: keeper.contents(stale),
    ):
        with pytest.raises(ConsentRefusedError) as caught:
            act()
        assert caught.value.reason == "consent_revoked"
    keeper.delete(stale)
    for again in (lambda: keeper.rename(stale, "Oma"), lambda: keeper.delete(stale)):
        with pytest.raises(VoiceNotFoundError):
            again()
    assert reopen(home.root).members() == {}


def test_a_change_elsewhere_is_not_undone_by_whoever_looked_before(home: Home) -> None:
    other = reopen(home.root)
    stale = home.member
    home.keeper.renew(stale, renewal(home.household, stale))
    home.household = other
    renamed = home.keeper.rename(stale, "Oma")
    assert len(renamed.consents) == 2
    assert spoken(home, renamed.key) == 1


def test_a_renewal_must_be_of_the_same_person_and_new(home: Home) -> None:
    stranger = record(home.household)
    for consent in (stranger, home.household.consent(home.member)):
        with pytest.raises(ConsentRefusedError) as caught:
            home.keeper.renew(home.member, consent)
        assert caught.value.reason == "consent_mismatch"


def test_an_ended_consent_can_be_renewed_and_is_no_way_to_the_recordings(home: Home) -> None:
    past = datetime.now(UTC) - timedelta(days=20)
    ended = record(home.household, scope(past + timedelta(days=10)), created=past)
    member = enrol(home.household, 5, id="bert", name="Bert", consent=ended)
    for ask in (home.keeper.recordings, home.keeper.contents):
        with pytest.raises(ConsentRefusedError) as caught:
            ask(member)
        assert caught.value.reason == "consent_expired"
    assert home.keeper.require_same(member, embedding(5)) == pytest.approx(1)
    renewed = home.keeper.renew(member, renewal(home.household, member))
    assert home.keeper.recordings(renewed) is not None
    assert spoken(home, renewed.key) == 5


def test_revoking_leaves_no_way_back_for_any_older_copy(home: Home) -> None:
    copy = home.root / "copy"
    shutil.copytree(home.root / "data", copy)
    home.keeper.revoke(home.member)
    assert sealed_files(home) == set()
    shutil.rmtree(home.root / "data")
    copy.rename(home.root / "data")
    with pytest.raises(WrongSecretError):
        reopen(home.root)
    with pytest.raises(VoicesError):
        home.family().check(home.member.key, use())


def test_a_copy_that_a_passphrase_opens_is_silent_too_while_the_key_file_is_there(
    home: Home,
) -> None:
    home.household.add_slot(PASSPHRASE)
    copy = home.root / "copy"
    shutil.copytree(home.root / "data", copy)
    home.keeper.revoke(home.member)
    shutil.rmtree(home.root / "data")
    copy.rename(home.root / "data")
    voices = home.family()
    voices.unlock(PASSPHRASE)
    with pytest.raises(VoicesError), voices.open_voice(home.member.key, ENGINE, use()):
        pass
    household = Household.open(vault(home.root), ledger(home.root))
    household.unlock(PASSPHRASE)
    home.household = household
    home.keeper.revoke(home.keeper.member("grandma"))
    assert home.keeper.member("grandma").state is MemberState.REVOKED
    home.keeper.delete(home.keeper.member("grandma"))
    assert household.members() == {}
    assert key_file(home.root).path.exists()

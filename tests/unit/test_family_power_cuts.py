"""A power cut at any write leaves the old household or the new one, and the ledger agrees."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.faulty_files import Cut, every_cut
from tests.fakes.household import (
    ENGINE,
    PASSPHRASE,
    create,
    enrol,
    family,
    key_file,
    ledger,
    material,
    near,
    renewal,
    reopen,
    scope,
    use,
    vault,
)
from voices.consent.ledger_events import EventType
from voices.durable import DiskFiles, Files, leftovers
from voices.errors import NoVaultError, VoicesError
from voices.family import FamilyVoices
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.members import MemberState
from voices.purpose import Purpose
from voices.restoring import restore
from voices.vault.backup import read_backup

Change = Callable[[Household], object]


@pytest.fixture
def scratch() -> Iterator[Path]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def make(root: Path) -> None:
    household = create(root)
    member = enrol(household)
    VoiceKeeper(household).update(member, material(2, near(material(1).embedding, 0.9)))


def enrol_another(household: Household) -> None:
    enrol(household, 7, id="bert", name="Bert")


def update(household: Household) -> None:
    keeper = VoiceKeeper(household)
    keeper.update(keeper.member("grandma"), material(3, near(material(1).embedding, 0.9)))


def roll_back(household: Household) -> None:
    keeper = VoiceKeeper(household)
    keeper.roll_back(keeper.member("grandma"))


def renew(household: Household) -> None:
    keeper = VoiceKeeper(household)
    member = keeper.member("grandma")
    longer = scope(datetime.now(UTC) + timedelta(days=200))
    keeper.renew(member, renewal(household, member, longer))


def limit(household: Household) -> None:
    keeper = VoiceKeeper(household)
    member = keeper.member("grandma")
    shorter = scope(datetime.now(UTC) + timedelta(days=9), Purpose.STORIES)
    keeper.renew(member, renewal(household, member, shorter))


def rename(household: Household) -> None:
    keeper = VoiceKeeper(household)
    keeper.rename(keeper.member("grandma"), "Oma")


def rotate(household: Household) -> None:
    household.rotate()


def revoke(household: Household) -> None:
    keeper = VoiceKeeper(household)
    keeper.revoke(keeper.member("grandma"))


def delete(household: Household) -> None:
    keeper = VoiceKeeper(household)
    keeper.delete(keeper.member("grandma"))


CHANGES: dict[Change, tuple[str, ...]] = {
    enrol_another: ("consent.granted", "voice.sealed"),
    update: ("voice.updated",),
    roll_back: ("voice.rolled_back",),
    renew: ("consent.renewed",),
    limit: ("consent.limited",),
    rename: (),
    rotate: ("vault.key_changed",),
    revoke: ("consent.revoked", "voice.shredded"),
    delete: ("consent.revoked", "voice.shredded"),
}


Person = tuple[str, str, MemberState, int, int, int, str]


def state_of(root: Path) -> tuple[list[Person], Counter[str]]:
    """Who is there and what is heard of them, and what is recorded; everything is sound."""
    household = reopen(root)
    assert household.check() == []
    assert leftovers(key_file(root).path, DiskFiles()) == []
    assert not [path for path in (root / "data").rglob(".*") if path.name != ".lock"]
    recorded = list(household.events())
    events = Counter(str(event.type) for event in recorded)
    del events[EventType.RECOVERED]
    ids = [event.body["event_id"] for event in recorded if "event_id" in event.body]
    assert len(ids) == len(set(ids))
    voices = family(root)
    people = sorted(
        (m.id, m.name, m.state, m.current, len(m.versions), len(m.consents), heard(voices, m.key))
        for m in household.members().values()
    )
    return people, events


def heard(voices: FamilyVoices, key: str) -> str:
    try:
        with voices.open_voice(key, ENGINE, use()) as data:
            return str(data.meta["seed"])
    except VoicesError as error:
        return error.reason


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_power_cut_leaves_the_old_or_the_new(scratch: Path, change: Change) -> None:
    def act(root: Path, files: Files) -> None:
        change(reopen(root, files))

    found = [state_of(cut.folder) for cut in every_cut(make, act, scratch)]
    (_, before), (_, after) = found[0], found[-1]
    assert +(after - before) == Counter(CHANGES[change])
    assert found[0] != found[-1]
    assert [state for state in found if state not in (found[0], found[-1])] == []


def test_a_cut_backup_is_none_or_whole_and_what_is_in_it_is_known(scratch: Path) -> None:
    def act(root: Path, files: Files) -> None:
        reopen(root, files).backup(root / "backup", PASSPHRASE)

    for cut in every_cut(make, act, scratch):
        _, events = state_of(cut.folder)
        file = cut.folder / "backup"
        assert cut.finished <= file.exists() <= events["backup.made"] <= 1
        if file.exists():
            assert len(read_backup(file, PASSPHRASE).voice_ids) == 1
        reopen(cut.folder).backup(file, PASSPHRASE)
        assert leftovers(file, DiskFiles()) == []


def make_backup(root: Path, *, revoked: bool) -> None:
    make(root)
    household = reopen(root)
    enrol(household, 5, id="carla", name="Carla")
    household.backup(root / "backup", PASSPHRASE)
    enrol_another(household)
    if revoked:
        revoke(household)


def bring_back(root: Path, files: Files, *, over: bool = True) -> None:
    file, slots = root / "backup", [key_file(root)]
    restore(vault(root), ledger(root), file, PASSPHRASE, slots, replace_present=over, files=files)


def reasons(cut: Cut) -> dict[str, str]:
    people, _ = state_of(cut.folder)
    return {person[0]: person[-1] for person in people}


def test_a_cut_while_a_vault_is_replaced_leaves_the_old_or_the_new(scratch: Path) -> None:
    cuts = every_cut(lambda root: make_backup(root, revoked=True), bring_back, scratch)
    found = [reasons(cut) for cut in cuts]
    old = {"grandma": "consent_revoked", "carla": "5", "bert": "7"}
    new = {"grandma": "consent_revoked", "carla": "5"}
    assert found == sorted(found, key=len, reverse=True)
    assert found[0] == old
    assert found[-1] == new
    assert all(each in (old, new) for each in found)


def test_a_cut_while_restoring_on_another_hub_never_leaves_a_voice_that_may_speak(
    scratch: Path,
) -> None:
    def wiped(root: Path) -> None:
        make_backup(root, revoked=False)
        for folder in (root / "data", root / "keys"):
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()

    outcomes = set()
    for cut in every_cut(wiped, bring_back, scratch):
        suspended = {"grandma": "consent_suspended", "carla": "consent_suspended"}
        try:
            assert reasons(cut) == suspended
            outcomes.add("all")
        except NoVaultError:
            outcomes.add("none")
            if cut.step % 4:
                continue
            bring_back(cut.folder, DiskFiles(), over=False)
            assert reasons(cut) == suspended
    assert outcomes == {"none", "all"}


def test_after_a_cut_revocation_can_be_made_again_and_holds(scratch: Path) -> None:
    def act(root: Path, files: Files) -> None:
        revoke(reopen(root, files))

    for cut in every_cut(make, act, scratch):
        household = reopen(cut.folder)
        member = VoiceKeeper(household).member("grandma")
        if member.state is MemberState.ENROLLED:
            revoke(household)
        assert reasons(cut) == {"grandma": "consent_revoked"}
        kinds = Counter(str(event.type) for event in reopen(cut.folder).events())
        assert kinds["consent.revoked"] == kinds["voice.shredded"] == 1

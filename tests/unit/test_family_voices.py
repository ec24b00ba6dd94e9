"""Consent is asked each time a voice is opened, and what is withdrawn is gone from memory."""

import io
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.household import (
    ENGINE,
    GRANTOR,
    NAME,
    PASSPHRASE,
    STATEMENT,
    TRANSCRIPT,
    Home,
    anchor,
    enrol,
    family,
    key_file,
    ledger,
    material,
    near,
    record,
    renewal,
    reopen,
    use,
    vault,
)
from voices.consent.ledger_events import Cause, EventType
from voices.consent.policy import Use
from voices.consent.scope import Hours, Scope
from voices.durable import DiskFiles
from voices.errors import (
    ConsentRefusedError,
    VaultLockedError,
    VoiceNotFoundError,
    VoicesError,
    WrongSecretError,
)
from voices.family import FamilyVoices
from voices.household_document import Promise
from voices.purpose import Purpose
from voices.vault.keyfile import read_key_file
from voices.vault.slots import Passphrase, ScryptCost

NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def reason(voices: FamilyVoices, key: str, wanted: Use) -> str:
    """Why it is refused; asking and opening must agree."""
    found = []
    for ask in (voices.check, lambda *asked: opened(voices, *asked)):
        with pytest.raises(VoicesError) as caught:
            ask(key, wanted)
        found.append(caught.value.reason)
    assert found[0] == found[1]
    return found[0]


def opened(voices: FamilyVoices, key: str, wanted: Use) -> object:
    with voices.open_voice(key, ENGINE, wanted) as data:
        return data.meta["seed"]


def narrow() -> Scope:
    return Scope(
        purposes=(Purpose.ANNOUNCEMENTS,),
        until=NOON + timedelta(days=90),
        rooms=("kitchen",),
        hours=(Hours(time(8), time(20)),),
        senders=("mqtt",),
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (use(purpose=Purpose.TOYS, at=NOON), "purpose_not_consented"),
        (use(room="bath", at=NOON), "room_not_consented"),
        (use(at=NOON.replace(hour=21)), "hour_not_consented"),
        (use(sender="web", at=NOON), "sender_not_consented"),
        (use(sender="sip", at=NOON), "always_denied"),
        (use(at=NOON + timedelta(days=91)), "consent_expired"),
        (use(at=NOON - timedelta(days=2)), "consent_not_yet_valid"),
    ],
)
def test_what_is_not_consented_to_is_refused(home: Home, wanted: Use, expected: str) -> None:
    consent = record(home.household, narrow(), created=NOON - timedelta(days=1))
    member = enrol(home.household, 5, id="bert", name="Bert", consent=consent)
    voices = home.family()
    assert reason(voices, member.key, wanted) == expected
    assert opened(voices, member.key, use(at=NOON)) == 5
    assert reason(voices, member.key, wanted) == expected


def suspend(home: Home) -> None:
    body = {
        "voice_id": home.member.key,
        "consent_id": home.member.consent_id,
        "cause": Cause.OBJECTION.value,
    }
    home.household.commit(lambda _tx: [Promise(EventType.CONSENT_SUSPENDED, body)])


def test_a_suspension_elsewhere_is_noticed_at_once(home: Home) -> None:
    voices = home.family()
    assert opened(voices, home.member.key, use()) == 1
    stamp = voices.stamp()
    suspend(home)
    assert voices.stamp() != stamp
    assert reason(voices, home.member.key, use()) == "consent_suspended"
    for ask in (home.keeper.recordings, home.keeper.contents):
        with pytest.raises(ConsentRefusedError) as caught:
            ask(home.member)
        assert caught.value.reason == "consent_suspended"


def test_a_revocation_elsewhere_is_noticed_at_once_and_wipes_memory(home: Home) -> None:
    voices = home.family()
    with voices.open_voice(home.member.key, ENGINE, use()) as data:
        array, stamp = data.arrays["x"], voices.stamp()
        assert array.any()
        home.keeper.revoke(home.member)
        assert voices.stamp() != stamp
        assert reason(voices, home.member.key, use()) == "consent_revoked"
        assert array.any()
    assert not array.any()
    assert voices.voices() == ()
    found = voices.find("grandma")
    assert found is not None
    assert found.key == home.member.key
    home.keeper.delete(home.keeper.member("grandma"))
    assert voices.find("grandma") is None
    assert reason(voices, home.member.key, use()) == VoiceNotFoundError.reason


def test_memory_is_wiped_when_idle_locked_or_the_vault_is_gone(home: Home) -> None:
    for end in ("idle", "lock", "gone"):
        voices = home.family(wipe_after_s=0 if end == "idle" else 1000)
        with voices.open_voice(home.member.key, ENGINE, use()) as data:
            array = data.arrays["x"]
        if end == "lock":
            assert array.any()
            voices.lock()
        if end == "gone":
            (vault(home.root) / "vault.json").unlink()
            voices.wipe_idle()
        assert not array.any(), end


def test_nobody_elses_voice_is_wiped_or_cut_by_a_withdrawal(home: Home) -> None:
    other = enrol(home.household, 5, id="bert", name="Bert")
    voices = home.family()
    with voices.open_voice(other.key, ENGINE, use()) as data:
        home.keeper.revoke(home.member)
        voices.wipe_idle()
        voices.check(other.key, use())
    assert data.arrays["x"].any()


def test_a_limited_consent_counts_from_then_on(home: Home) -> None:
    voices = home.family()
    home.keeper.renew(home.member, renewal(home.household, home.member, narrow()))
    tomorrow = NOON + timedelta(days=1)
    assert reason(voices, home.member.key, use(room="bath", at=tomorrow)) == "room_not_consented"


def test_locked_is_locked_until_somebody_unlocks(home: Home) -> None:
    home.household.add_slot(PASSPHRASE)
    voices = FamilyVoices(
        vault(home.root), ledger(home.root), anchor=anchor(home.root), secrets=list, wipe_after_s=10
    )
    assert voices.locked()
    assert voices.voices() == ()
    assert voices.stamp() is None
    assert reason(voices, home.member.key, use()) == VaultLockedError.reason
    with pytest.raises(VaultLockedError):
        voices.find("grandma")
    with pytest.raises(WrongSecretError):
        voices.unlock(Passphrase("wrong horse battery", ScryptCost(4, least=4)))
    voices.unlock(PASSPHRASE)
    assert opened(voices, home.member.key, use()) == 1
    voices.lock()
    assert reason(voices, home.member.key, use()) == VaultLockedError.reason
    assert reopen(home.root).check() == []


def test_without_a_vault_there_is_nobody_until_one_is_made(tmp_path: Path) -> None:
    voices = family(tmp_path)
    assert not voices.there()
    assert voices.voices() == ()
    assert voices.find("grandma") is None
    home = Home(tmp_path)
    assert opened(voices, home.member.key, use()) == 1


def test_an_engine_without_data_is_told(home: Home) -> None:
    voices = home.family()
    with (
        pytest.raises(VoiceNotFoundError) as caught,
        voices.open_voice(home.member.key, "other", use()),
    ):
        pass
    assert caught.value.reason == "no_voice_data"


def test_many_threads_hear_only_what_is_there_or_are_refused(home: Home) -> None:
    voices, heard = home.family(wipe_after_s=0), set[object]()

    def speak() -> None:
        for _ in range(30):
            try:
                with voices.open_voice(home.member.key, ENGINE, use()) as data:
                    heard.add(bool(data.arrays["x"].any()))
            except VoicesError as error:
                heard.add(error.reason)

    threads = [threading.Thread(target=speak) for _ in range(4)]
    for thread in threads:
        thread.start()
    home.keeper.revoke(home.member)
    for thread in threads:
        thread.join()
    assert heard <= {True, "consent_revoked", VoiceNotFoundError.reason}


def told_by(attempt: Callable[[], object]) -> tuple[object, ...]:
    try:
        return (attempt(),)
    except VoicesError as error:
        return repr(error), error, error.hint, error.__cause__


def test_nothing_personal_is_in_any_file_word_or_log(
    home: Home, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = io.StringIO()
    member_id = "quincunx-9"
    like = near(np.asarray(material(1).embedding), 0.1, seed=3)
    plain = material(41, like)
    member = enrol(home.household, 41, id=member_id, name=f"{NAME} II", like=like)
    keeper, voices = home.keeper, home.family()
    home.household.add_slot(PASSPHRASE)
    home.household.backup(home.root / "data" / "backup", PASSPHRASE)
    with voices.open_voice(member.key, ENGINE, use()) as data:
        print(data, file=said)
    objects: list[object] = [home.household, keeper, voices, member, voices.find(member_id)]
    objects += [home.household.consent(member), plain, PASSPHRASE, home.household.signing_key()]
    objects += [*home.household.events(), *home.household.check(), home.household.slots()]
    objects += [*home.household.parts(member.key, "embedding"), home.household._store]
    attempts = (
        lambda: enrol(home.household, 5, id=member_id, name="Other"),
        lambda: enrol(home.household, 5, id="other", name=f"{NAME} II"),
        lambda: enrol(home.household, 5, id="other", name="Other", like=like),
        lambda: keeper.update(member, material(9)),
        lambda: keeper.member("nobody"),
        lambda: keeper.renew(member, record(home.household)),
        lambda: opened(voices, member.key, use(purpose=Purpose.TOYS)),
        lambda: keeper.revoke(member),
        lambda: keeper.recordings(member),
        lambda: voices.unlock(Passphrase("quagmire quagmire")),
    )
    for attempt in attempts:
        print(*told_by(attempt), file=said)
    print(*map(repr, objects), *objects, file=said)
    secret = read_key_file(key_file(home.root).path, DiskFiles()).secrets[0][1]
    signing = home.household.signing_key().to_bytes()
    words = [NAME, member_id, TRANSCRIPT, STATEMENT, GRANTOR, PASSPHRASE.text, secret.hex()]
    words += [signing.hex(), "quagmire quagmire"]
    assert plain.recordings is not None
    raw = [word.encode() for word in words] + [secret, signing]
    raw += [like.tobytes()[:32], plain.recordings.arrays["samples"].tobytes()[:32]]
    captured = capsys.readouterr()
    told = said.getvalue() + caplog.text + captured.out + captured.err
    assert [word for word in words if word in told] == []
    for path in (home.root / "data").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert [mark for mark in raw if mark in content] == [], path.name
        assert [word for word in words if word in path.name] == []
    assert datetime.now(UTC) > member_time(member.created)


def member_time(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""A family voice speaks where its person agreed; else nobody, or a stock voice if wished."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from hub_agent.announcement import Announcement
from hub_agent.engines.engine import PersonalVoice, Progress
from hub_agent.errors import NotFoundError
from hub_agent.settings.models import SpeechSettings
from hub_agent.voicing.casting import Cast, Casting
from hub_agent.voicing.speech_source import FamilySource, StockSource
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine, registry_of
from tests.fakes.household import ENGINE, Home, enrol, ledger, record
from tests.fakes.marking import UNMARKED
from tests.unit.test_family_voices import narrow, suspend
from voices.errors import VoicesError
from voices.payload import Payload
from voices.purpose import Purpose
from voices.recording import Recording
from voices.voice import Voice, VoiceKind

NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)


class PersonEngine(FakeEngine):
    """Can also be given a person's data."""

    name = ENGINE

    def prepare(self, recordings: Sequence[Recording], progress: Progress) -> Payload:
        raise NotImplementedError

    def personal_voice(self, data: Payload, voice: Voice) -> PersonalVoice:
        raise NotImplementedError


class Stage:
    """A casting for a home in which Grandma and Bert are enrolled."""

    def __init__(self, home: Home, at: datetime = NOON) -> None:
        engines = registry_of(PersonEngine())
        self.family = home.family()
        self.casting = Casting(engines, self.family, FakeClock(at), UNMARKED)

    def cast(
        self,
        *,
        fall_back: bool,
        room: str = "kitchen",
        sender: str = "mqtt",
        purpose: Purpose = Purpose.ANNOUNCEMENTS,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Cast:
        announcement = Announcement(text="Dinner is ready", voice="grandma", purpose=purpose)
        speech = SpeechSettings(engine=ENGINE, stock_fallback=fall_back)
        choice = self.casting.choose(announcement, speech)
        meanwhile()
        return self.casting.cast(choice, announcement, speech, room=room, sender=sender)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    enrol(home.household, 5, id="bert", name="Bert")
    home.keeper.delete(home.member)
    created = NOON.replace(hour=0)
    home.member = enrol(home.household, consent=record(home.household, narrow(), created=created))
    return home


def judge(cast: Cast, *, fall_back: bool, reason: str) -> None:
    """A stock voice or silence; never Bert."""
    if fall_back:
        assert isinstance(cast.source, StockSource)
        assert cast.source.voice.kind is VoiceKind.STOCK
        assert cast.voice_refused == reason
        assert cast.obstacle is None
        return
    assert isinstance(cast.source, FamilySource)
    assert cast.source.voice.id == "grandma"
    assert cast.obstacle is not None
    assert cast.obstacle.reason == reason
    with pytest.raises(VoicesError), cast.source.open():
        pass


both = pytest.mark.parametrize("fall_back", [True, False])


@both
@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"purpose": Purpose.TOYS}, "purpose_not_consented"),
        ({"room": "bath"}, "room_not_consented"),
        ({"sender": "web"}, "sender_not_consented"),
        ({"sender": "sip"}, "always_denied"),
    ],
)
def test_what_is_not_consented_to(
    home: Home, asked: dict[str, Purpose | str], reason: str, fall_back: bool
) -> None:
    cast = Stage(home).cast(fall_back=fall_back, **asked)  # type: ignore[arg-type]  # by name
    judge(cast, fall_back=fall_back, reason=reason)


@both
def test_another_hour_or_after_the_end(home: Home, fall_back: bool) -> None:
    late = Stage(home, NOON.replace(hour=21)).cast(fall_back=fall_back)
    judge(late, fall_back=fall_back, reason="hour_not_consented")
    ended = Stage(home, narrow().until.astimezone()).cast(fall_back=fall_back)
    judge(ended, fall_back=fall_back, reason="consent_expired")


@both
def test_suspended_and_revoked_before_or_while_it_waits(home: Home, fall_back: bool) -> None:
    stage = Stage(home)
    allowed = stage.cast(fall_back=fall_back)
    assert allowed.obstacle is None
    assert isinstance(allowed.source, FamilySource)
    suspended = stage.cast(fall_back=fall_back, meanwhile=lambda: suspend(home))
    judge(suspended, fall_back=fall_back, reason="consent_suspended")
    assert allowed.source.may_have_changed()
    revoked = stage.cast(fall_back=fall_back, meanwhile=lambda: home.keeper.revoke(home.member))
    judge(revoked, fall_back=fall_back, reason="consent_revoked")
    judge(stage.cast(fall_back=fall_back), fall_back=fall_back, reason="consent_revoked")


@both
def test_locked_before_or_while_it_waits(home: Home, fall_back: bool) -> None:
    stage = Stage(home)
    cast = stage.cast(fall_back=fall_back, meanwhile=stage.family.lock)
    judge(cast, fall_back=fall_back, reason="vault_locked")
    if fall_back:
        judge(stage.cast(fall_back=True), fall_back=True, reason="vault_locked")
        return
    with pytest.raises(VoicesError):
        stage.cast(fall_back=False)


@both
def test_a_damaged_ledger(home: Home, fall_back: bool) -> None:
    path = next(ledger(home.root).glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b"seq", b"sEq", 1))
    judge(Stage(home).cast(fall_back=fall_back), fall_back=fall_back, reason="ledger_damaged")


@both
def test_a_voice_that_nobody_has_is_never_replaced(home: Home, fall_back: bool) -> None:
    home.keeper.delete(home.member)
    with pytest.raises(NotFoundError):
        Stage(home).cast(fall_back=fall_back)

"""The guided session without a terminal and without sound."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.recording.meter import WINDOW_S, Level
from hub_agent.recording.session import ROOM_S, Action, Judgement, Key, Phase, Session
from hub_agent.recording.voice_watch import TakeRules

QUIET = Level(-65.0, -55.0)
VOICE = Level(-22.0, -8.0)
RADIO = Level(-38.0, -25.0)
GOOD = Judgement(True)


def _windows(seconds: float) -> int:
    return round(seconds / WINDOW_S)


def _hear(session: Session, level: Level, seconds: float) -> list[Action]:
    return [session.heard(level) for _ in range(_windows(seconds))]


def _session(*texts: str, target_s: float = 60.0) -> Session:
    """One that has listened to a quiet room."""
    session = Session(texts or ("one", "two", "three"), target_s=target_s)
    _hear(session, QUIET, ROOM_S)
    assert _phase(session) is Phase.LISTENING
    return session


def _read(session: Session, seconds: float = 4.0, judgement: Judgement = GOOD) -> Action:
    _hear(session, VOICE, seconds)
    assert _hear(session, QUIET, 1.3).count(Action.JUDGE) == 1
    return session.judged(judgement)


def _phase(session: Session) -> Phase:
    """A call, because it changes between two looks at it."""
    return session.phase


def _is_over(session: Session) -> bool:
    return session.is_over


def _press(session: Session, keys: Iterable[Key]) -> None:
    for key in keys:
        session.pressed(key)


def test_the_room_is_measured_before_anything_else() -> None:
    session = Session(["one"])

    assert set(_hear(session, QUIET, ROOM_S - WINDOW_S)) == {Action.NOTHING}
    assert _phase(session) is Phase.ROOM
    assert session.heard(QUIET) is Action.LISTEN_ANEW
    assert session.noise_dbfs == QUIET.rms_dbfs


def test_a_cough_does_not_make_a_room_loud() -> None:
    session = Session(["one"])
    _hear(session, QUIET, ROOM_S - 0.5)
    _hear(session, VOICE, 0.5)

    assert _phase(session) is Phase.LISTENING


def test_a_loud_room_is_warned_of_and_can_be_measured_again() -> None:
    session = Session(["one"])
    _hear(session, RADIO, ROOM_S)
    assert _phase(session) is Phase.LOUD

    session.pressed(Key.RETAKE)
    assert _phase(session) is Phase.ROOM
    _hear(session, QUIET, ROOM_S)
    assert _phase(session) is Phase.LISTENING


def test_one_may_go_on_in_a_loud_room_and_is_heard_there() -> None:
    session = Session(["one", "two"])
    _hear(session, RADIO, ROOM_S)
    assert session.pressed(Key.ENTER) is Action.LISTEN_ANEW

    _hear(session, RADIO, 3.0)
    assert _phase(session) is Phase.LISTENING
    _hear(session, VOICE, 2.0)
    assert _phase(session) is Phase.SPEAKING


def test_a_take_begins_with_the_voice_and_ends_after_a_pause() -> None:
    session = _session()
    _hear(session, QUIET, 5.0)
    _hear(session, VOICE, 2.0)
    _hear(session, QUIET, 1.0)
    _hear(session, VOICE, 2.0)
    assert _phase(session) is Phase.SPEAKING

    actions = _hear(session, QUIET, 1.2)
    assert actions[-1] is Action.JUDGE
    assert Action.JUDGE not in actions[:-1]
    assert session.take_speech_s == pytest.approx(5.0)
    assert session.tail_s == pytest.approx(1.2)


def test_a_click_does_not_begin_a_take_and_a_cough_does_not_make_one() -> None:
    session = _session()
    session.heard(VOICE)
    session.heard(QUIET)
    assert _phase(session) is Phase.LISTENING

    _hear(session, VOICE, 0.3)
    assert Action.JUDGE not in _hear(session, QUIET, 3.0)
    assert _phase(session) is Phase.LISTENING


def test_enter_ends_a_take_at_once() -> None:
    session = _session()
    _hear(session, VOICE, 3.0)

    assert session.pressed(Key.ENTER) is Action.JUDGE
    assert session.take_speech_s == pytest.approx(3.0)


def test_a_voice_too_soft_to_be_noticed_is_recorded_by_hand() -> None:
    session = _session()
    assert session.pressed(Key.ENTER) is Action.LISTEN_ANEW

    assert Action.JUDGE not in _hear(session, QUIET, 5.0)
    assert session.pressed(Key.ENTER) is Action.JUDGE
    assert session.take_speech_s == pytest.approx(5.0)


def test_a_take_without_end_is_ended() -> None:
    session = Session(["one"], rules=TakeRules(longest_s=4.0))
    _hear(session, QUIET, ROOM_S)

    assert Action.JUDGE in _hear(session, VOICE, 4.1)


def test_a_good_take_leads_to_the_next_prompt_and_counts() -> None:
    session = _session()

    assert _read(session, 4.0) is Action.LISTEN_ANEW
    assert session.view.number == 2
    assert session.view.text == "two"
    assert session.speech_s == pytest.approx(4.0)


def test_a_bad_take_stays_with_its_reason_until_it_is_made_again() -> None:
    session = _session()
    _read(session, judgement=Judgement(False, "Too close to the microphone."))
    assert _phase(session) is Phase.REFUSED
    assert session.view.advice == "Too close to the microphone."
    assert session.speech_s == 0.0
    _hear(session, VOICE, 3.0)
    assert _phase(session) is Phase.REFUSED

    session.pressed(Key.ENTER)
    _read(session)
    assert session.view.number == 2
    assert not session.view.advice


def test_a_bad_second_take_does_not_cost_the_first() -> None:
    session = _session()
    _read(session, 4.0)
    session.pressed(Key.BACK)
    _read(session, 2.0, Judgement(False, "Noise."))

    assert session.speech_s == pytest.approx(4.0)


def test_going_back_replaces_a_take_and_returns_to_where_one_was() -> None:
    session = _session("one", "two", "three", "four")
    _read(session, 4.0)
    _read(session, 4.0)
    _press(session, [Key.BACK, Key.BACK])
    assert session.view.text == "one"

    _read(session, 5.0)
    assert session.view.text == "three"
    assert session.speech_s == pytest.approx(9.0)


def test_the_end_comes_when_every_prompt_is_read() -> None:
    session = _session()
    for _ in range(3):
        _read(session)

    assert _phase(session) is Phase.DONE


def test_what_was_skipped_comes_again_once_while_there_is_too_little() -> None:
    session = _session()
    _read(session)
    session.pressed(Key.SKIP)
    _read(session)
    assert session.view.text == "two"

    session.pressed(Key.SKIP)
    assert _phase(session) is Phase.DONE


def test_what_was_skipped_does_not_come_again_when_there_is_enough() -> None:
    session = _session(target_s=5.0)
    _read(session)
    session.pressed(Key.SKIP)
    _read(session)

    assert _phase(session) is Phase.DONE


def test_one_may_finish_early_only_with_enough_speech() -> None:
    session = _session(target_s=7.0)
    _read(session, 4.0)
    session.pressed(Key.FINISH)
    assert _phase(session) is Phase.LISTENING

    _read(session, 4.0)
    session.pressed(Key.FINISH)
    assert _phase(session) is Phase.DONE


def test_a_take_can_be_played_once_there_is_one() -> None:
    session = _session()
    assert session.pressed(Key.PLAY) is Action.NOTHING
    _read(session)

    assert session.pressed(Key.PLAY) is Action.PLAY
    assert _phase(session) is Phase.LISTENING


def test_beginning_again_forgets_what_was_said_so_far() -> None:
    session = _session()
    _hear(session, VOICE, 3.0)
    assert session.pressed(Key.RETAKE) is Action.LISTEN_ANEW

    _read(session, 2.0)
    assert session.speech_s == pytest.approx(2.0)


@pytest.mark.parametrize("spoken_s", [0.0, 1.0])
def test_quitting_asks_first(spoken_s: float) -> None:
    session = _session()
    _hear(session, VOICE, spoken_s)
    session.pressed(Key.QUIT)
    assert session.view.keys == (Key.YES, Key.NO)

    session.pressed(Key.NO)
    assert _phase(session) is Phase.LISTENING
    _press(session, [Key.QUIT, Key.YES])
    assert _phase(session) is Phase.ABANDONED
    assert session.is_over


def test_quitting_while_the_room_is_measured_measures_it_anew() -> None:
    session = Session(["one"])
    _hear(session, QUIET, 1.0)
    _press(session, [Key.QUIT, Key.NO])

    _hear(session, QUIET, ROOM_S - WINDOW_S)
    assert _phase(session) is Phase.ROOM


def test_one_text_alone_has_nothing_to_skip() -> None:
    session = _session("one")

    assert Key.SKIP not in session.view.keys
    assert Key.BACK not in session.view.keys


_STEPS = st.one_of(
    st.sampled_from(list(Key)),
    st.sampled_from([QUIET, VOICE, RADIO]),
    st.booleans(),
)


@given(steps=st.lists(_STEPS, max_size=200))
def test_whatever_happens_the_session_stays_sound(steps: list[Key | Level | bool]) -> None:
    session = _session(target_s=3.0)
    for step in steps:
        if session.is_over:
            break
        if _phase(session) is Phase.JUDGING:
            session.judged(Judgement(step is True, "Once more."))
        elif isinstance(step, Key):
            session.pressed(step)
        elif isinstance(step, Level):
            _hear(session, step, 0.7)
        view = session.view
        assert 1 <= view.number <= 3
        assert session.speech_s >= 0.0
        assert view.keys or _is_over(session) or _phase(session) is Phase.JUDGING


@given(read=st.lists(st.booleans(), min_size=40, max_size=40))
def test_reading_or_skipping_always_comes_to_an_end(read: list[bool]) -> None:
    session = _session(*(str(number) for number in range(10)))
    for is_read in read:
        if session.is_over:
            break
        if is_read:
            _read(session, 1.0)
        else:
            session.pressed(Key.SKIP)

    assert _phase(session) is Phase.DONE

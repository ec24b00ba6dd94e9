import json
from typing import Any

import pytest

from hub_agent.announcement import (
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
    AudibleLabel,
    EventType,
    InterruptPolicy,
    Outcome,
    Priority,
)
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.messages.reading import RefusedMessageError, StopRequest
from hub_agent.messages.telling import EVENT_OF_OUTCOME
from integrations.mqtt import hermes
from integrations.mqtt.codec import REASONS, event_payload, parse_speak, parse_stop
from integrations.mqtt.wallpanel import parse_command


def speak(**fields: Any) -> Announcement:
    return parse_speak(json.dumps(fields).encode())


def reason_of(payload: bytes) -> str:
    with pytest.raises(InvalidAnnouncementError) as caught:
        parse_speak(payload)
    assert caught.value.reason in REASONS
    return caught.value.reason


def reason_for(**fields: Any) -> str:
    return reason_of(json.dumps({"text": "hello"} | fields).encode())


def test_plain_text_is_spoken_as_it_is_in_the_default_room() -> None:
    announcement = parse_speak("  Die Tür ist offen.\n".encode())
    assert announcement.text == "Die Tür ist offen."
    assert announcement.targets == ()
    assert len(announcement.id) == 32


def test_every_key_of_a_json_message_reaches_the_announcement() -> None:
    assert speak(
        id="door-1",
        text="hello",
        voice="anna",
        language="de_AT",
        engine="embedded",
        targets=["kitchen", "hall", "kitchen"],
        priority="High",
        volume=40,
        chime="bell",
        expires_s=30,
        interrupt="drop",
        dedupe_key="door",
        cool_down_s=5.5,
    ) == Announcement(
        id="door-1",
        text="hello",
        voice="anna",
        language="de-AT",
        engine="embedded",
        targets=("kitchen", "hall"),
        priority=Priority.HIGH,
        volume=40,
        chime="bell",
        expires_s=30.0,
        interrupt=InterruptPolicy.DROP,
        dedupe_key="door",
        cool_down_s=5.5,
    )


@pytest.mark.parametrize("key", ["text", "message", "speak"])
def test_the_text_has_three_names(key: str) -> None:
    assert speak(**{key: "hello"}).text == "hello"


@pytest.mark.parametrize("key", ["targets", "target", "siteId"])
def test_a_single_target_needs_no_list(key: str) -> None:
    assert speak(text="hello", **{key: "hall"}).targets == ("hall",)


@pytest.mark.parametrize(("given", "meant"), [(0, 0), (3, 3), (2.0, 2), ("low", 0)])
def test_priority_is_a_word_or_a_number(given: object, meant: int) -> None:
    assert speak(text="hello", priority=given).priority == meant


@pytest.mark.parametrize(("given", "meant"), [(True, "soft"), (False, ""), ("alert", "alert")])
def test_a_chime_is_a_name_or_yes_or_no(given: object, meant: str) -> None:
    assert speak(text="hello", chime=given).chime == meant


def test_what_templates_produce_for_nothing_chosen_is_not_given() -> None:
    nothing = speak(id="a", text="hello", voice="", target="", language=None, volume=None, chime="")
    assert nothing == Announcement(id="a", text="hello")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, AudibleLabel.NONE),
        ("none", AudibleLabel.NONE),
        ("Rhythm", AudibleLabel.RHYTHM),
        ("spoken", AudibleLabel.SPOKEN),
    ],
)
def test_an_audible_label_can_be_asked_for(given: str | None, meant: AudibleLabel) -> None:
    assert speak(text="hello", audible_label=given).audible_label is meant


def test_a_byte_order_mark_and_white_space_before_json_do_not_matter() -> None:
    assert parse_speak(b'\xef\xbb\xbf \n{"text": "hello"}').text == "hello"


def test_a_volume_with_a_fraction_is_rounded() -> None:
    assert speak(text="hello", volume=30.4).volume == 30


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty_text"),
        (b" \n\t ", "empty_text"),
        (b"\xff\xfe", "bad_utf8"),
        (b"a\0b", "bad_text"),
        (b"a" * 10_001, "text_too_long"),
        (b"{", "bad_json"),
        (b'{"text": "hello"} and more', "bad_json"),
        (b'{"text": "hello"', "bad_json"),
        (b'{"text": "hello", "text": "other"}', "duplicate_key"),
        (b'{"text": "hello", "volume": NaN}', "bad_json"),
        (b'{"text": "hello", "volume": Infinity}', "bad_json"),
        (b'{"text": "hello", "volume": 1e999}', "bad_volume"),
        (b'{"text": "hello", "volume": ' + b"9" * 5000 + b"}", "bad_json"),
        (b'{"text": "hello", "voice": ' + b"[" * 5000 + b"]" * 5000 + b"}", "bad_json"),
        (b'{"text": "\\ud800"}', "bad_text"),
        (b'{"text": "a\\u0000b"}', "bad_text"),
        (b"{}", "empty_text"),
    ],
)
def test_a_broken_message_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    assert reason_of(payload) == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": 1}, "bad_text"),
        ({"text": "   "}, "empty_text"),
        ({"text": "a", "message": "b"}, "ambiguous"),
        ({"lang": "de", "language": "en"}, "ambiguous"),
        ({"id": 7}, "bad_id"),
        ({"id": ""}, "bad_id"),
        ({"id": "a\nb"}, "bad_id"),
        ({"id": "x" * 65}, "bad_id"),
        ({"voice": ["anna"]}, "bad_voice"),
        ({"language": "../etc"}, "bad_language"),
        ({"engine": {}}, "bad_engine"),
        ({"targets": {"a": 1}}, "bad_target"),
        ({"targets": ["hall", 3]}, "bad_target"),
        ({"targets": [f"room{i}" for i in range(33)]}, "too_many_targets"),
        ({"priority": "urgent"}, "bad_priority"),
        ({"priority": 4}, "bad_priority"),
        ({"priority": 1.5}, "bad_priority"),
        ({"priority": True}, "bad_priority"),
        ({"volume": 101}, "bad_volume"),
        ({"volume": -1}, "bad_volume"),
        ({"volume": "50"}, "bad_volume"),
        ({"volume": True}, "bad_volume"),
        ({"chime": "/etc/passwd"}, "bad_chime"),
        ({"chime": 1}, "bad_chime"),
        ({"expires_s": 0}, "bad_expires_s"),
        ({"expires_s": 1e12}, "bad_expires_s"),
        ({"interrupt": True}, "bad_interrupt"),
        ({"dedupe_key": 1}, "bad_dedupe_key"),
        ({"cool_down_s": -1}, "bad_cool_down_s"),
        ({"audible_label": "loud"}, "bad_audible_label"),
        ({"audible_label": True}, "bad_audible_label"),
        ({"audible_label": ["spoken"]}, "bad_audible_label"),
        ({"volum": 20}, "unknown_key"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_by_the_reason(
    fields: dict[str, Any], reason: str
) -> None:
    assert reason_for(**fields) == reason


def test_a_refusal_keeps_the_senders_id() -> None:
    with pytest.raises(RefusedMessageError) as caught:
        speak(id="door-1", text="hello", volume=1000)
    assert caught.value.announcement_id == "door-1"


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for fields in ({"volume": "hunter2"}, {"text": "hunter2", "hunter2 ": 1}, {"id": "hunter2\n"}):
        with pytest.raises(InvalidAnnouncementError) as caught:
            speak(**({"text": "hello"} | fields))
        assert "hunter2" not in str(caught.value)


def test_a_misspelt_key_is_named() -> None:
    with pytest.raises(InvalidAnnouncementError, match="'volum'"):
        speak(text="hello", volum=20)


@pytest.mark.parametrize("payload", [b"", b"all", b"STOP", b"PRESS", b"{}", b'{"room": "all"}'])
def test_stop_without_a_room_silences_all(payload: bytes) -> None:
    assert parse_stop(payload) == StopRequest()


def test_stop_can_name_rooms_or_one_announcement() -> None:
    assert parse_stop(b"kitchen") == StopRequest(rooms=("kitchen",))
    assert parse_stop(b'{"rooms": ["a", "b"]}') == StopRequest(rooms=("a", "b"))
    assert parse_stop(b'{"id": "door-1"}') == StopRequest(announcement_id="door-1")


@pytest.mark.parametrize("payload", [b"\xff", b"{", b'{"when": 1}', b"a\x07"])
def test_a_stop_that_cannot_be_understood_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidAnnouncementError):
        parse_stop(payload)


def result_event(outcome: Outcome, **more: Any) -> AnnouncementEvent:
    result = AnnouncementResult(id="a", outcome=outcome, **more)
    return AnnouncementEvent(type=EventType.RESULT, id="a", origin="mqtt", result=result)


def test_a_result_says_what_a_listener_wants_to_know_and_nothing_else() -> None:
    event = result_event(
        Outcome.SPOKEN, ttfa_s=0.1234, audio_s=1.5, voice="anna", rooms={"hall": Outcome.SPOKEN}
    )
    assert json.loads(event_payload(event)) == {
        "event_type": "finished",
        "id": "a",
        "origin": "mqtt",
        "outcome": "spoken",
        "ttfa_ms": 123,
        "audio_ms": 1500,
        "rooms": {"hall": "spoken"},
    }


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_a_final_event(outcome: Outcome) -> None:
    fields = json.loads(event_payload(result_event(outcome, reason="why")))
    assert fields["outcome"] == outcome.value
    assert fields["event_type"] == EVENT_OF_OUTCOME[outcome]
    assert fields["reason"] == "why"


@pytest.mark.parametrize("kind", [kind for kind in EventType if kind is not EventType.RESULT])
def test_a_step_on_the_way_has_no_outcome(kind: EventType) -> None:
    event = AnnouncementEvent(type=kind, id="a", origin="cli", room="hall", ttfa_s=0.2)
    assert json.loads(event_payload(event)) == {
        "event_type": kind.value,
        "id": "a",
        "origin": "cli",
        "room": "hall",
        "ttfa_ms": 200,
    }


def test_a_wall_panel_command_is_spoken_and_its_other_commands_are_not_ours() -> None:
    command = parse_command(b'{"speak": "hello", "volume": 30, "wake": true}')
    assert command is not None
    assert (command.text, command.volume) == ("hello", 30)
    assert parse_command(b'{"volume": 30}') is None
    assert parse_command(b'{"wake": true}') is None


def test_a_wall_panel_command_must_be_json() -> None:
    with pytest.raises(InvalidAnnouncementError) as caught:
        parse_command(b"hello")
    assert caught.value.reason == "bad_json"


def test_hermes_speaks_in_the_room_of_the_sites_name() -> None:
    fields = hermes.read_fields(b'{"text": "hello", "siteId": "hall", "lang": "de", "extra": 1}')
    request = hermes.read_request(fields)
    announcement = hermes.read_announcement(fields, request, announcement_id="a", rooms=["hall"])
    assert announcement == Announcement(id="a", text="hello", language="de", targets=("hall",))


def test_hermes_gets_back_what_it_sent() -> None:
    request = hermes.read_request(hermes.read_fields(b'{"id": "7", "sessionId": "s"}'))
    assert json.loads(hermes.finished_payload(request)) == {
        "id": "7",
        "siteId": "default",
        "sessionId": "s",
    }


def test_hermes_requests_without_an_answer_are_forgotten_in_the_end() -> None:
    awaited = hermes.AwaitedAnswers()
    request = hermes.HermesRequest(request_id=None, site_id="default", session_id=None)
    for number in range(hermes.MAX_AWAITED + 1):
        awaited.expect(str(number), request)
    assert awaited.pop("0") is None
    assert awaited.pop("1") == request
    assert awaited.pop("1") is None

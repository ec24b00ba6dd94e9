"""The agent's own messages: what comes on `speak` and `stop`, what goes out on `event`. Pure.

A payload that starts with `{` is JSON and nothing else: broken JSON is refused (`bad_json`), not
read aloud. Any other payload is the text itself. Unknown keys are refused (`unknown_key`): a
misspelt `volume` or `expires_s` would otherwise be a loud surprise at night.
"""

import json
from dataclasses import dataclass, replace

from hub_agent.announcement import (
    ALL_ROOMS,
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
    AudibleLabel,
    EventType,
    InterruptPolicy,
    Outcome,
    Priority,
    new_announcement_id,
)
from hub_agent.errors import InvalidAnnouncementError
from integrations.mqtt.fields import (
    MAX_COOL_DOWN_S,
    MAX_EXPIRY_S,
    MAX_KEY_CHARS,
    MAX_NAME_CHARS,
    Fields,
    decoded,
    json_object,
    printable,
    spoken_text,
)
from voices.purpose import Purpose

REASONS = frozenset(
    {
        "too_large",
        "bad_utf8",
        "bad_json",
        "duplicate_key",
        "unknown_key",
        "ambiguous",
        "empty_text",
        "text_too_long",
        "bad_text",
        "bad_id",
        "bad_voice",
        "bad_language",
        "bad_engine",
        "bad_target",
        "too_many_targets",
        "bad_priority",
        "bad_purpose",
        "bad_stock_fallback",
        "bad_audible_label",
        "bad_volume",
        "bad_chime",
        "bad_expires_s",
        "bad_interrupt",
        "bad_dedupe_key",
        "bad_cool_down_s",
        "bad_session",
    }
)
"""Every `reason` with which a message can be refused here."""

STOP_EVERYTHING = frozenset({"", ALL_ROOMS, "stop", "press"})
"""Plain payloads that silence every room; `press` is what a button sends unless told otherwise."""

EVENT_OF_OUTCOME = {
    Outcome.SPOKEN: "finished",
    Outcome.INTERRUPTED: "interrupted",
    Outcome.EXPIRED: "dropped",
    Outcome.DROPPED: "dropped",
    Outcome.DUPLICATE: "dropped",
    Outcome.REFUSED: "refused",
    Outcome.REJECTED: "refused",
    Outcome.FAILED: "failed",
}


class RefusedMessageError(InvalidAnnouncementError):
    """A message that cannot be understood, although its id can: the answer goes to that id."""

    def __init__(self, cause: InvalidAnnouncementError, announcement_id: str) -> None:
        super().__init__(str(cause), hint=cause.hint, reason=cause.reason)
        self.announcement_id = announcement_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    """Silence for one announcement, or for rooms (empty: all)."""

    rooms: tuple[str, ...] = ()
    announcement_id: str | None = None


def is_json(text: str) -> bool:
    """Whether a message is meant as JSON."""
    return text.lstrip().startswith("{")


def parse_speak(payload: bytes) -> Announcement:
    """The announcement in a payload, plain or JSON; raises `InvalidAnnouncementError`.

    The error is a `RefusedMessageError` when the sender's id could still be read.
    """
    text = decoded(payload)
    if not is_json(text):
        return Announcement(text=spoken_text(text))
    fields = Fields(json_object(text))
    given_id = _taken_id(fields)
    try:
        return _announcement(fields, given_id or new_announcement_id())
    except InvalidAnnouncementError as error:
        if given_id is None:
            raise
        raise RefusedMessageError(error, given_id) from None


def _taken_id(fields: Fields) -> str | None:
    value = fields.take("id")
    return None if value is None else printable(value, "id", MAX_NAME_CHARS)


def _announcement(fields: Fields, announcement_id: str) -> Announcement:
    announcement = Announcement(
        id=announcement_id,
        text=fields.text("text", "message", "speak"),
        voice=fields.name("voice", "voice"),
        language=fields.language("language", "lang"),
        engine=fields.name("engine", "engine"),
        purpose=fields.purpose("purpose") or Purpose.ANNOUNCEMENTS,
        stock_fallback=fields.switch("stock_fallback"),
        audible_label=fields.audible_label("audible_label") or AudibleLabel.NONE,
        targets=fields.targets("targets", "target", "siteId"),
        volume=fields.volume("volume"),
        chime=fields.chime("chime"),
        expires_s=fields.seconds("expires_s", over=0.0, most=MAX_EXPIRY_S),
        dedupe_key=fields.name("dedupe_key", "dedupe_key", max_chars=MAX_KEY_CHARS),
        cool_down_s=fields.seconds("cool_down_s", most=MAX_COOL_DOWN_S),
    )
    announcement = _ranked(announcement, fields.priority("priority"), fields.interrupt("interrupt"))
    fields.refuse_rest()
    return announcement


def _ranked(
    announcement: Announcement, priority: Priority | None, interrupt: InterruptPolicy | None
) -> Announcement:
    return replace(
        announcement,
        priority=announcement.priority if priority is None else priority,
        interrupt=announcement.interrupt if interrupt is None else interrupt,
    )


def parse_stop(payload: bytes) -> StopRequest:
    """What to silence: nothing or `all`, a room's name, or JSON with `id` or rooms."""
    text = decoded(payload).strip()
    if text.lower() in STOP_EVERYTHING:
        return StopRequest()
    if not is_json(text):
        return StopRequest(rooms=_rooms((printable(text, "target", MAX_NAME_CHARS),)))
    fields = Fields(json_object(text))
    announcement_id = _taken_id(fields)
    rooms = _rooms(fields.targets("rooms", "room", "targets", "target", "siteId"))
    fields.refuse_rest()
    return StopRequest(rooms=rooms, announcement_id=announcement_id)


def _rooms(names: tuple[str, ...]) -> tuple[str, ...]:
    return () if ALL_ROOMS in names else names


def event_payload(event: AnnouncementEvent) -> bytes:
    """An event as JSON, without text, voice or names of people.

    `outcome` is there exactly when nothing more follows for this id: an `interrupted` without it
    will be resumed.
    """
    fields: dict[str, object] = {"event_type": event.type.value, "id": event.id}
    fields |= {"origin": event.origin, "room": event.room, "reason": event.reason}
    fields["ttfa_ms"] = _milliseconds(event.ttfa_s)
    if event.result is not None:
        fields |= _result_fields(event.result)
    known = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(known, separators=(",", ":")).encode()


def is_final(event: AnnouncementEvent) -> bool:
    """Whether nothing more follows for the announcement."""
    return event.type is EventType.RESULT


def _result_fields(result: AnnouncementResult) -> dict[str, object]:
    return {
        "event_type": EVENT_OF_OUTCOME[result.outcome],
        "outcome": result.outcome.value,
        "reason": result.reason,
        "voice_refused": result.voice_refused,
        "engine_failed": result.engine_failed,
        "ttfa_ms": _milliseconds(result.ttfa_s),
        "audio_ms": _milliseconds(result.audio_s),
        "rooms": {room: outcome.value for room, outcome in result.rooms.items()},
    }


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)

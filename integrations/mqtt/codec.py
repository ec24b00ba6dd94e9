"""The agent's own messages: what comes on `speak` and `stop`, what goes out on `event`. Pure.

A payload that starts with `{` is JSON and nothing else: broken JSON is refused (`bad_json`), not
read aloud. Any other payload is the text itself.
"""

import json

from hub_agent.announcement import ALL_ROOMS, Announcement, AnnouncementEvent, EventType
from hub_agent.messages import reading
from hub_agent.messages.fields import (
    MAX_NAME_CHARS,
    Fields,
    decoded,
    json_object,
    printable,
    spoken_text,
)
from hub_agent.messages.reading import Keys, StopRequest, read_announcement, read_stop, rooms_of
from hub_agent.messages.telling import event_fields

REASONS = reading.REASONS | {"bad_session", "bad_quiet", "bad_time"}
"""Every `reason` with which a message can be refused here."""

STOP_EVERYTHING = frozenset({"", ALL_ROOMS, "stop", "press"})
"""Plain payloads that silence every room; `press` is what a button sends unless told otherwise."""

SPEAK_KEYS = Keys(
    text=("text", "message", "speak"),
    language=("language", "lang"),
    rooms=("targets", "target", "siteId"),
)
STOP_KEYS = Keys(rooms=("rooms", "room", "targets", "target", "siteId"))


def is_json(text: str) -> bool:
    """Whether a message is meant as JSON."""
    return text.lstrip().startswith("{")


def parse_speak(payload: bytes) -> Announcement:
    """The announcement in a payload, plain or JSON; see `read_announcement`."""
    text = decoded(payload)
    if not is_json(text):
        return Announcement(text=spoken_text(text))
    return read_announcement(Fields(json_object(text)), SPEAK_KEYS)


def parse_stop(payload: bytes) -> StopRequest:
    """What to silence: nothing or `all`, a room's name, or JSON with `id` or rooms."""
    text = decoded(payload).strip()
    if text.lower() in STOP_EVERYTHING:
        return StopRequest()
    if not is_json(text):
        return StopRequest(rooms=rooms_of((printable(text, "target", MAX_NAME_CHARS),)))
    return read_stop(Fields(json_object(text)), STOP_KEYS)


def event_payload(event: AnnouncementEvent) -> bytes:
    """An event as JSON; see `event_fields`."""
    return json.dumps(event_fields(event), separators=(",", ":")).encode()


def is_final(event: AnnouncementEvent) -> bool:
    """Whether nothing more follows for the announcement."""
    return event.type is EventType.RESULT

"""What is asked for in a JSON object, read strictly. Pure.

Unknown keys are refused (`unknown_key`): a misspelt `volume` or `expires_s` would otherwise be a
loud surprise at night.
"""

from dataclasses import dataclass, replace

from hub_agent.announcement import (
    ALL_ROOMS,
    Announcement,
    AudibleLabel,
    InterruptPolicy,
    Priority,
    new_announcement_id,
)
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.messages.fields import (
    MAX_COOL_DOWN_S,
    MAX_EXPIRY_S,
    MAX_KEY_CHARS,
    MAX_NAME_CHARS,
    Fields,
    printable,
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
    }
)
"""Every `reason` with which a message can be refused when it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Under which keys a protocol takes what others call differently."""

    text: tuple[str, ...] = ("text",)
    language: tuple[str, ...] = ("language",)
    rooms: tuple[str, ...] = ("rooms",)


PLAIN_KEYS = Keys()


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


def read_announcement(fields: Fields, keys: Keys = PLAIN_KEYS) -> Announcement:
    """The announcement in `fields`; raises `InvalidAnnouncementError`.

    The error is a `RefusedMessageError` when the sender's id could still be read.
    """
    given_id = taken_id(fields)
    try:
        return _announcement(fields, keys, given_id or new_announcement_id())
    except InvalidAnnouncementError as error:
        if given_id is None:
            raise
        raise RefusedMessageError(error, given_id) from None


def read_stop(fields: Fields, keys: Keys = PLAIN_KEYS) -> StopRequest:
    """What to silence; raises `InvalidAnnouncementError`."""
    announcement_id = taken_id(fields)
    rooms = rooms_of(fields.targets(*keys.rooms))
    fields.refuse_rest()
    return StopRequest(rooms=rooms, announcement_id=announcement_id)


def taken_id(fields: Fields) -> str | None:
    """The id that the sender chose."""
    value = fields.take("id")
    return None if value is None else printable(value, "id", MAX_NAME_CHARS)


def rooms_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Rooms to be silenced; empty: all."""
    return () if ALL_ROOMS in names else names


def _announcement(fields: Fields, keys: Keys, announcement_id: str) -> Announcement:
    announcement = Announcement(
        id=announcement_id,
        text=fields.text(*keys.text),
        voice=fields.name("voice", "voice"),
        language=fields.language(*keys.language),
        engine=fields.name("engine", "engine"),
        purpose=fields.purpose("purpose") or Purpose.ANNOUNCEMENTS,
        stock_fallback=fields.switch("stock_fallback"),
        audible_label=fields.audible_label("audible_label") or AudibleLabel.NONE,
        targets=fields.targets(*keys.rooms),
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

"""The words on the control socket: one JSON object a line, optionally followed by bytes.

A line is `{"type": …, "bytes": n}`; the `n` bytes after it are its payload. A connection carries
one request and its replies. Everything is bounded.
"""

import json
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from hub_agent.announcement import (
    MAX_TARGETS,
    MAX_TEXT_CHARS,
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
    AudibleLabel,
    Outcome,
    new_announcement_id,
)
from hub_agent.errors import ExitCode, HubAgentError
from hub_agent.greetings.greeting import Greeting
from hub_agent.labels.label import Label
from hub_agent.settings.base import Section
from hub_agent.settings.values import PriorityName, RoomName, priority_of
from voices.errors import VoicesError
from voices.purpose import Purpose
from voices.voice import Voice, VoiceId, VoiceKind

MAX_LINE_BYTES: Final = 128 * 1024
"""The longest text, every character of it escaped, and some room."""
MAX_PAYLOAD_BYTES: Final = 256 * 1024

Target = Literal["all"] | RoomName
Passphrase = Annotated[str, StringConstraints(min_length=1, max_length=1024), Field(repr=False)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class SayRequest(Section):
    """Speak.

    `stream`: not in a room, but as audio on this connection, at `sample_rate` or the engine's own.
    """

    type: Literal["say"] = "say"
    id: Word = Field(default_factory=new_announcement_id)
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS)] = Field(
        repr=False
    )
    voice: Word | None = None
    engine: Word | None = None
    language: Word | None = None
    purpose: Purpose = Purpose.ANNOUNCEMENTS
    stock_fallback: bool | None = None
    audible_label: AudibleLabel = AudibleLabel.NONE
    priority: PriorityName = "normal"
    rooms: tuple[Target, ...] = Field(default=(), max_length=MAX_TARGETS)
    stream: bool = False
    sample_rate: int | None = Field(default=None, ge=8_000, le=192_000)

    def announcement(self) -> Announcement:
        """What the agent is asked."""
        return Announcement(
            id=self.id,
            text=self.text,
            voice=self.voice,
            engine=self.engine,
            language=self.language,
            purpose=self.purpose,
            stock_fallback=self.stock_fallback,
            audible_label=self.audible_label,
            priority=priority_of(self.priority),
            targets=self.rooms,
        )


class StopRequest(Section):
    """Silence rooms (none named: all of them) or one announcement."""

    type: Literal["stop"] = "stop"
    rooms: tuple[Target, ...] = Field(default=(), max_length=MAX_TARGETS)
    announcement_id: Word | None = None


class HealthRequest(Section):
    """How are you?"""

    type: Literal["health"] = "health"


class VoicesRequest(Section):
    """Whom can you speak as?"""

    type: Literal["voices"] = "voices"


class GreetingsRequest(Section):
    """What do you say at a time of day?"""

    type: Literal["greetings"] = "greetings"


class GreetRequest(Section):
    """Say a greeting now."""

    type: Literal["greet"] = "greet"
    id: Word = Field(default_factory=new_announcement_id)
    name: Word


class UnlockRequest(Section):
    """Open the vault of the family voices, until the agent ends or is told to lock it."""

    type: Literal["unlock"] = "unlock"
    passphrase: Passphrase


class LockRequest(Section):
    """Wipe the keys and voices from memory."""

    type: Literal["lock"] = "lock"


class PairRequest(Section):
    """Give the token to the next program that asks for it over the network."""

    type: Literal["pair"] = "pair"


class RenewTokenRequest(Section):
    """Let in only who shows another token from now on."""

    type: Literal["renew_token"] = "renew_token"


Request: TypeAlias = (
    SayRequest
    | StopRequest
    | HealthRequest
    | VoicesRequest
    | GreetingsRequest
    | GreetRequest
    | UnlockRequest
    | LockRequest
    | PairRequest
    | RenewTokenRequest
)

_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line and the bytes behind it."""

    header: Mapping[str, Any]
    payload: bytes = field(default=b"", repr=False)

    @property
    def type(self) -> str:
        """What kind of message it is; empty when the peer did not say."""
        kind = self.header.get("type")
        return kind if isinstance(kind, str) else ""


def encode(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """The bytes of a message."""
    counted = {**header, "bytes": len(payload)} if payload else header
    line = json.dumps(counted, ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n" + payload


def encode_request(request: Request) -> bytes:
    """The bytes of a request."""
    return encode(request.model_dump(mode="json", exclude_none=True))


async def read_message(reader: StreamReader) -> Message | None:
    """The next message, None when the peer is done. Anything else is a `HubAgentError`."""
    try:
        line = await reader.readuntil(b"\n")
    except IncompleteReadError as error:
        if error.partial:
            raise _bad("a message was cut off") from error
        return None
    except LimitOverrunError as error:
        raise _bad("a message is too long") from error
    except OSError:
        return None
    header = _header(line)
    return Message(header=header, payload=await _payload(reader, header))


def parse_request(message: Message) -> Request:
    """The request in a message, or a `HubAgentError` that names the fields that are wrong."""
    try:
        return _REQUEST.validate_python(message.header)
    except ValidationError as error:
        places = {".".join(str(part) for part in found["loc"]) for found in error.errors()}
        wrong = ", ".join(sorted(places - {""})) or "type"
        raise _bad(f"a request does not make sense: {wrong}") from None


def error_header(error: HubAgentError | VoicesError) -> dict[str, Any]:
    """How an error travels."""
    return {
        "type": "error",
        "reason": error.reason,
        "message": str(error),
        "hint": error.hint,
        "exit_code": int(error.exit_code),
    }


def error_from(header: Mapping[str, Any]) -> HubAgentError:
    """The error that travelled, with its exit code."""
    hint = header.get("hint")
    error = HubAgentError(
        str(header.get("message", "the agent reports an error")),
        hint=hint if isinstance(hint, str) else None,
        reason=str(header.get("reason", "failed")),
    )
    code = header.get("exit_code")
    error.exit_code = ExitCode(code) if code in set(ExitCode) else ExitCode.FAILED
    return error


def result_header(result: AnnouncementResult) -> dict[str, Any]:
    """How a result travels."""
    return {"type": "result", **asdict(result)}


def result_from(header: Mapping[str, Any]) -> AnnouncementResult:
    """The result that travelled."""
    fields = {key: value for key, value in header.items() if key != "type"}
    try:
        fields["outcome"] = Outcome(fields["outcome"])
        fields["rooms"] = {room: Outcome(end) for room, end in fields["rooms"].items()}
        return AnnouncementResult(**fields)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _bad("the agent sent a result that makes no sense") from error


def label_from(header: Mapping[str, Any]) -> Label:
    """The label that travelled."""
    try:
        return Label(**{key: str(value) for key, value in header["label"].items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise _bad("the agent sent a label that makes no sense") from error


def event_header(event: AnnouncementEvent) -> dict[str, Any]:
    """How a step on the way travels; results travel as themselves."""
    return {"type": "event", "event": event.type, "room": event.room, "reason": event.reason}


def voice_header(voice: Voice) -> dict[str, Any]:
    """How a voice travels."""
    return asdict(voice)


def voice_from(header: Mapping[str, Any]) -> Voice:
    """The voice that travelled."""
    try:
        return Voice(
            id=VoiceId(header["id"]),
            name=header["name"],
            languages=tuple(header["languages"]),
            engine=header["engine"],
            kind=VoiceKind(header["kind"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise _bad("the agent sent a voice that makes no sense") from error


def greeting_header(greeting: Greeting) -> dict[str, Any]:
    """How a greeting travels."""
    following = greeting.next
    return {
        "name": greeting.name,
        "time": greeting.time.isoformat(),
        "enabled": greeting.enabled,
        "next": None if following is None else following.isoformat(),
    }


def greeting_from(header: Mapping[str, Any]) -> Greeting:
    """The greeting that travelled."""
    try:
        following = header["next"]
        return Greeting(
            name=header["name"],
            time=time.fromisoformat(header["time"]),
            enabled=header["enabled"],
            next=None if following is None else datetime.fromisoformat(following),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise _bad("the agent sent a greeting that makes no sense") from error


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        raise _bad("a message is no JSON") from None
    if not isinstance(header, dict):
        raise _bad("a message is no JSON object")
    return header


async def _payload(reader: StreamReader, header: dict[str, Any]) -> bytes:
    size = header.pop("bytes", 0)
    if not isinstance(size, int) or not 0 <= size <= MAX_PAYLOAD_BYTES:
        raise _bad("a message announces an impossible payload")
    try:
        return await reader.readexactly(size)
    except (IncompleteReadError, OSError) as error:
        raise _bad("a message was cut off") from error


def _bad(what: str) -> HubAgentError:
    return HubAgentError(what, reason="bad_message")

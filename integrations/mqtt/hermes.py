"""Rhasspy's `hermes/tts/say` and its answer `hermes/tts/sayFinished`. Pure.

Keys we do not know are ignored: the protocol is not ours and has more than we use.
"""

import json
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from hub_agent.announcement import Announcement, new_announcement_id
from hub_agent.messages.fields import MAX_NAME_CHARS, Fields, decoded, json_object, printable

DEFAULT_SITE = "default"
MAX_AWAITED = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class HermesRequest:
    """Who asked: what the answer has to repeat."""

    request_id: str | None
    site_id: str
    session_id: str | None


def read_fields(payload: bytes) -> Fields:
    """The keys of a hermes message."""
    return Fields(json_object(decoded(payload)))


def read_request(fields: Fields) -> HermesRequest:
    """Who asks."""
    request_id = fields.take("id")
    return HermesRequest(
        request_id=None if request_id is None else printable(request_id, "id", MAX_NAME_CHARS),
        site_id=fields.name("target", "siteId") or DEFAULT_SITE,
        session_id=fields.name("session", "sessionId"),
    )


def announcement_id_of(request: HermesRequest) -> str:
    """The asker's id, or a fresh one."""
    return request.request_id or new_announcement_id()


def read_announcement(
    fields: Fields, request: HermesRequest, *, announcement_id: str, rooms: Collection[str]
) -> Announcement:
    """What is to be said, in the room of the site's name or in the default room."""
    return Announcement(
        id=announcement_id,
        text=fields.text("text"),
        language=fields.language("lang"),
        volume=None,
        targets=(request.site_id,) if request.site_id in rooms else (),
    )


def finished_payload(request: HermesRequest) -> bytes:
    """The body of `sayFinished`."""
    answer = {
        "id": request.request_id,
        "siteId": request.site_id,
        "sessionId": request.session_id,
    }
    return json.dumps(answer, separators=(",", ":")).encode()


class AwaitedAnswers:
    """Requests without their answer yet; beyond `MAX_AWAITED` the oldest is forgotten."""

    def __init__(self) -> None:
        self._requests: OrderedDict[str, HermesRequest] = OrderedDict()

    def expect(self, announcement_id: str, request: HermesRequest) -> None:
        """The request is to be answered when this announcement has its result."""
        self._requests[announcement_id] = request
        while len(self._requests) > MAX_AWAITED:
            self._requests.popitem(last=False)

    def pop(self, announcement_id: str) -> HermesRequest | None:
        """The request that this result answers, once."""
        return self._requests.pop(announcement_id, None)

"""The pages that speak to their caller alone, while it is synthesised."""

import asyncio
import codecs
from dataclasses import replace
from typing import Final

from aiohttp import web

from hub_agent.announcement import AnnouncementResult
from hub_agent.announcing.outcomes import error_of
from hub_agent.errors import InvalidAnnouncementError, UnavailableError
from hub_agent.groups import single_cause
from hub_agent.integration import AgentPort
from hub_agent.text.growing import GrowingText
from integrations.web.answers import json_answer
from integrations.web.bodies import json_fields
from integrations.web.limit import Limit
from integrations.web.one_time import LASTS_S, OneTimeAddresses
from integrations.web.orders import SpeechOrder, read_order, read_order_without_text
from integrations.web.origin import ORIGIN
from integrations.web.speech_sink import SpeechSink, speech_headers

PLAIN_TEXT: Final = "text/plain"
MOST_AT_ONCE: Final = 16
NEXT_PIECE_S: Final = 60.0
"""How long text that is still growing may pause."""


class SpeakingPages:
    """See `Pages`. A caller that goes away ends the synthesis."""

    def __init__(self, agent: AgentPort) -> None:
        self._agent = agent
        self._addresses = OneTimeAddresses(agent.clock)
        self._limit = Limit(MOST_AT_ONCE, why="too much is spoken at once")

    def add_to(self, router: web.UrlDispatcher) -> None:
        """See `Pages`."""
        router.add_post("/api/v1/speech", self._speak)
        router.add_post("/api/v1/speech/url", self._issue)
        router.add_get("/speech/{name}", self._fetch)

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        with self._limit.one_more():
            if request.content_type == PLAIN_TEXT:
                return await self._speak_growing(request)
            order = read_order(await json_fields(request))
            return await self._answer(request, order)

    async def _issue(self, request: web.Request) -> web.Response:
        order = read_order(await json_fields(request))
        name = self._addresses.issue(order)
        address = {"id": order.announcement.id, "url": f"/speech/{name}", "expires_s": LASTS_S}
        return json_answer(address)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if request.method == "HEAD":
            order = self._addresses.look_at(name)
            return web.Response(headers=speech_headers(order.format, order.announcement.id))
        with self._limit.one_more():
            return await self._answer(request, self._addresses.take(name))

    async def _speak_growing(self, request: web.Request) -> web.StreamResponse:
        order = read_order_without_text(list(request.query.items()))
        text = GrowingText()
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(_read_into(text, request), name="web.text")
                try:
                    await text.begun()
                    begun = replace(order.announcement, text=text.so_far)
                    return await self._answer(request, replace(order, announcement=begun), text)
                finally:
                    reading.cancel()
        except BaseExceptionGroup as group_error:
            raise single_cause(group_error) from group_error

    async def _answer(
        self, request: web.Request, order: SpeechOrder, pieces: GrowingText | None = None
    ) -> web.StreamResponse:
        sink = SpeechSink(
            request,
            announcement_id=order.announcement.id,
            kind=order.format,
            sample_rate=order.sample_rate or self._agent.sample_rate_of(order.announcement),
            on_cut=(lambda: None) if pieces is None else pieces.end,
        )
        try:
            result = await self._say(order, sink, pieces)
        except BaseException:
            sink.abandon()
            raise
        error = error_of(result)
        if error is None:
            return await sink.end()
        if not sink.opened:
            raise error
        return sink.abandon()

    async def _say(
        self, order: SpeechOrder, sink: SpeechSink, pieces: GrowingText | None
    ) -> AnnouncementResult:
        async with asyncio.TaskGroup() as group, sink:
            opening = group.create_task(sink.open_late(), name="web.opening")
            try:
                return await self._agent.say_to(
                    order.announcement, sink, origin=ORIGIN, pieces=pieces
                )
            finally:
                opening.cancel()


async def _read_into(text: GrowingText, request: web.Request) -> None:
    """All that the caller sends, until it ends."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while True:
            async with asyncio.timeout(NEXT_PIECE_S):
                data = await request.content.readany()
            text.add(_spoken(decoder.decode(data, final=not data)))
            if not data:
                return
    except TimeoutError as error:
        raise UnavailableError("no more text comes", reason="text_stalled") from error
    except UnicodeDecodeError as error:
        raise InvalidAnnouncementError("the text is not UTF-8", reason="bad_utf8") from error
    finally:
        text.end()


def _spoken(piece: str) -> str:
    if "\0" in piece:
        raise InvalidAnnouncementError("the text holds no-characters", reason="bad_text")
    return piece

"""The pages that let the rooms speak and be silent."""

from typing import Final

from aiohttp import web

from hub_agent.announcement import Announcement, AnnouncementResult
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.integration import AgentPort
from hub_agent.messages.fields import Fields
from hub_agent.messages.reading import read_announcement, read_stop
from hub_agent.messages.telling import result_fields
from integrations.web.answers import json_answer
from integrations.web.bodies import json_fields
from integrations.web.limit import Limit
from integrations.web.origin import ORIGIN

MOST_WAITING: Final = 64
"""Requests that wait for a result at a time."""


class AnnouncingPages:
    """See `Pages`. An announcement goes on when whoever waits for its result leaves."""

    def __init__(self, agent: AgentPort) -> None:
        self._agent = agent
        self._limit = Limit(MOST_WAITING, why="too many wait for results")

    def add_to(self, router: web.UrlDispatcher) -> None:
        """See `Pages`."""
        router.add_post("/api/v1/announcements", self._announce)
        router.add_post("/api/v1/stop", self._stop)

    async def _announce(self, request: web.Request) -> web.Response:
        wait = _wants_to_wait(request)
        announcement = read_announcement(await json_fields(request))
        if not wait:
            self._agent.submit(announcement, origin=ORIGIN)
            return json_answer({"id": announcement.id}, status=202)
        return json_answer(result_fields(await self._result(announcement)))

    async def _stop(self, request: web.Request) -> web.Response:
        order = read_stop(await json_fields(request) if request.body_exists else Fields({}))
        stopped = self._agent.stop(rooms=order.rooms, announcement_id=order.announcement_id)
        return json_answer({"stopped": stopped})

    async def _result(self, announcement: Announcement) -> AnnouncementResult:
        with self._limit.one_more():
            return await self._agent.say(announcement, origin=ORIGIN)


def _wants_to_wait(request: web.Request) -> bool:
    wanted = dict(request.query)
    if len(wanted) != len(request.query) or not wanted.keys() <= {"wait"}:
        raise InvalidAnnouncementError("only 'wait' can be asked for", reason="unknown_key")
    if wanted.get("wait", "false") not in ("true", "false"):
        raise InvalidAnnouncementError("'wait' is true or false", reason="bad_wait")
    return wanted.get("wait") == "true"

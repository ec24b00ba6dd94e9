"""The pages on how things are: state, voices, rooms, and what the household turns."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from hub_agent.errors import InvalidAnnouncementError
from hub_agent.integration import AgentPort
from hub_agent.messages.fields import Fields
from hub_agent.preferences import Preferences
from hub_agent.state_report import in_words, state_fields
from integrations.web.answers import json_answer
from integrations.web.bodies import json_body
from integrations.web.diagnostics import diagnostics, installed_versions
from integrations.web.origin import ORIGIN
from voices.purpose import Purpose
from voices.voice import Voice


class HouseholdPages:
    """See `Pages`."""

    def __init__(self, agent: AgentPort) -> None:
        self._agent = agent

    def add_to(self, router: web.UrlDispatcher) -> None:
        """See `Pages`."""
        router.add_get("/api/v1/state", self._state)
        router.add_get("/api/v1/voices", self._voices)
        router.add_get("/api/v1/rooms", self._rooms)
        router.add_patch("/api/v1/preferences", self._prefer)
        router.add_get("/api/v1/diagnostics", self._diagnostics)

    async def _state(self, _request: web.Request) -> web.Response:
        return json_answer(state_fields(self._agent))

    async def _voices(self, request: web.Request) -> web.Response:
        usual = self._agent.state().voice
        voices = self._voices_for(_asked_purpose(request))
        return json_answer(
            {
                "voices": [_voice_fields(voice) for voice in voices],
                "default": None if usual is None else usual.id,
            }
        )

    def _voices_for(self, purpose: Purpose | None) -> Sequence[Voice]:
        if purpose is None:
            return self._agent.voices()
        return self._agent.voices_for(purpose, origin=ORIGIN)

    async def _rooms(self, _request: web.Request) -> web.Response:
        rooms = [{"id": name, "name": in_words(name)} for name in self._agent.rooms()]
        return json_answer({"rooms": rooms, "default": self._agent.default_room()})

    async def _prefer(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        self._agent.prefer(_turned(self._agent.preferences(), body))
        return json_answer(state_fields(self._agent))

    async def _diagnostics(self, _request: web.Request) -> web.Response:
        versions = await asyncio.to_thread(installed_versions)
        return json_answer(diagnostics(self._agent, versions))


def _asked_purpose(request: web.Request) -> Purpose | None:
    fields = Fields(dict(request.query))
    purpose = fields.purpose("purpose")
    fields.refuse_rest()
    return purpose


def _turned(before: Preferences, body: dict[str, object]) -> Preferences:
    """A key that is not there changes nothing; `voice: null` means the settings' voice."""
    fields = Fields(body)
    voice, volume, quiet = (
        fields.name("voice", "voice"),
        fields.volume("volume"),
        fields.switch("quiet"),
    )
    fields.refuse_rest()
    if any(key in body and body[key] is None for key in ("volume", "quiet")):
        raise InvalidAnnouncementError("only 'voice' can be null", reason="bad_null")
    return replace(
        before,
        voice=voice if "voice" in body else before.voice,
        volume=before.volume if volume is None else volume,
        quiet=before.quiet if quiet is None else quiet,
    )


def _voice_fields(voice: Voice) -> dict[str, Any]:
    return {
        "id": voice.id,
        "name": voice.name,
        "languages": list(voice.languages),
        "engine": voice.engine,
        "kind": voice.kind.value,
    }

"""Who speaks for `say`: the running agent, or this process alone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from hub_agent.agent import Agent
from hub_agent.announcement import AnnouncementResult
from hub_agent.audio.wav import pcm16_to_float
from hub_agent.cli.places import IntoSink
from hub_agent.control.client import ControlClient, SpeechStream
from hub_agent.control.messages import SayRequest
from hub_agent.engines.rate import rate_of
from hub_agent.settings.models import RoomSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings
from hub_agent.sinks.sink import Sink, give_label

ORIGIN: Final = "cli"
_NOTHING: Final = np.zeros(0, np.float32)
_NOWHERE: Final = RoomSettings(sinks=(NullSinkSettings(type="null"),))


class Speaker(Protocol):
    """Speaks, and says how it went. Being cancelled silences it."""

    async def in_rooms(self, request: SayRequest) -> AnnouncementResult:
        """Speak in the rooms of the request."""
        ...

    async def into_sink(self, request: SayRequest, place: IntoSink) -> AnnouncementResult:
        """Speak into a sink of this process."""
        ...


class RunningAgent:
    """Lets the running agent speak."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    async def in_rooms(self, request: SayRequest) -> AnnouncementResult:
        """See `Speaker`."""
        return await self._client.say(request)

    async def into_sink(self, request: SayRequest, place: IntoSink) -> AnnouncementResult:
        """See `Speaker`; the sound comes here as the agent makes it."""
        wanted = request.model_copy(update={"stream": True, "sample_rate": place.sample_rate})
        async with self._client.stream(wanted) as stream:
            async with place.make(stream.sample_rate) as sink:
                await _play(stream, sink, request.id)
            return stream.result()


class AloneHere:
    """Speaks in this process, with an agent of its own."""

    def __init__(self, agent: Agent, default_engine: str) -> None:
        self._agent = agent
        self._default_engine = default_engine

    async def in_rooms(self, request: SayRequest) -> AnnouncementResult:
        """See `Speaker`."""
        return await self._agent.say(request.announcement(), origin=ORIGIN)

    async def into_sink(
        self, request: SayRequest, place: IntoSink, pieces: Iterator[str] | None = None
    ) -> AnnouncementResult:
        """See `Speaker`; `pieces` is a text that is still arriving."""
        rate = place.sample_rate or self._rate(request)
        async with place.make(rate) as sink:
            return await self._agent.say_to(
                request.announcement(), sink, origin=ORIGIN, pieces=pieces
            )

    def _rate(self, request: SayRequest) -> int:
        return rate_of(self._agent.engines, request.engine or self._default_engine)


@asynccontextmanager
async def running_agent_or_alone(
    settings: Settings, data_dir: Path, rooms: tuple[str, ...] | None
) -> AsyncIterator[Speaker]:
    """The running agent if there is one, else `alone`."""
    client = ControlClient(data_dir)
    if await client.running():
        yield RunningAgent(client)
        return
    async with alone(settings, data_dir, rooms) as speaker:
        yield speaker


@asynccontextmanager
async def alone(
    settings: Settings, data_dir: Path, rooms: tuple[str, ...] | None
) -> AsyncIterator[AloneHere]:
    """An agent of our own with only those rooms that are spoken in (None: no room at all)."""
    async with Agent(_with_rooms(settings, rooms), data_dir=data_dir) as agent:
        yield AloneHere(agent, settings.core.speech.engine)


def _with_rooms(settings: Settings, names: tuple[str, ...] | None) -> Settings:
    core = settings.core
    if names is None:
        kept = {"nowhere": _NOWHERE}
    else:
        wanted = names or (core.default_room or next(iter(core.rooms)),)
        kept = {
            name: room for name, room in core.rooms.items() if name in wanted or "all" in wanted
        }
    only = core.model_copy(update={"rooms": kept, "default_room": None})
    return replace(settings, core=only)


async def _play(stream: SpeechStream, sink: Sink, utterance_id: str) -> None:
    try:
        await sink.begin(utterance_id)
        async for pcm in stream.chunks():
            give_label(sink, stream.label)
            await sink.write(pcm16_to_float(pcm))
        if stream.result().audio_s:
            await sink.finish()
        else:
            await sink.cut(_NOTHING)
    except BaseException:
        await sink.cut(_NOTHING)
        raise

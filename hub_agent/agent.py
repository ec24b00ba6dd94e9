"""The agent: everything the core has, started, left and asked as one."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from hub_agent import __version__
from hub_agent.access import Access
from hub_agent.announcement import (
    ALL_ROOMS,
    Announcement,
    AnnouncementEvent,
    AnnouncementResult,
)
from hub_agent.announcing.ducking import Ducker
from hub_agent.announcing.private_performance import perform_privately
from hub_agent.announcing.reception import Reception
from hub_agent.announcing.rooms import Rooms
from hub_agent.announcing.warm_up import warm_up
from hub_agent.clock import Clock, SystemClock
from hub_agent.engines.care import EngineCare
from hub_agent.engines.engine import Engine
from hub_agent.engines.home import EngineHome
from hub_agent.engines.rate import rate_of
from hub_agent.engines.registry import EngineRegistry
from hub_agent.exchange import Exchange
from hub_agent.greetings.greeting import Greeting
from hub_agent.greetings.greetings import Greetings
from hub_agent.greetings.memory import GreetingsFile
from hub_agent.housekeeping import Housekeeping
from hub_agent.hub_id import hub_id
from hub_agent.integration import Listener
from hub_agent.labels.labelling import Labelling
from hub_agent.listeners import Listeners
from hub_agent.paths import (
    greetings_file,
    hub_id_file,
    mark_key_file,
    paired_file,
    preferences_file,
    token_file,
)
from hub_agent.preferences import KeptPreferences, Preferences
from hub_agent.settings.models import CoreSettings, SpeechSettings
from hub_agent.settings.settings import Settings
from hub_agent.sinks.sink import Sink
from hub_agent.state import AgentState, status_of, vault_state
from hub_agent.voicing.casting import Casting
from hub_agent.voicing.family import family_voices
from hub_agent.voicing.marking import Marking
from hub_agent.voicing.usual_voice import lasting_name, voice_named
from voices.consent.policy import Use
from voices.errors import VoicesError
from voices.family import FamilyVoices
from voices.purpose import Purpose
from voices.voice import Voice, VoiceKind


class Agent:
    """The whole core as one async context manager; an `AgentPort` for integrations.

    Entering loads the default engine and opens the rooms. Every announcement that is submitted
    gets exactly one result, also when the agent is left in the middle of it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        data_dir: Path,
        clock: Clock | None = None,
        engines: EngineRegistry | None = None,
        family: FamilyVoices | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.engines = engines or EngineRegistry(_engine_home(settings.core, data_dir))
        self.family = family or family_voices(settings.core.vault, data_dir)
        self._data_dir = data_dir
        self.exchange = Exchange()
        self.access = Access(token_file(data_dir), paired_file(data_dir), self.clock)
        self.integrations: Callable[[], Mapping[str, bool]] = dict
        self._preferences = KeptPreferences(preferences_file(data_dir))
        self._use(settings.core)
        self._events: Listeners[[AnnouncementEvent]] = Listeners()
        self._changes: Listeners[[]] = Listeners()
        self._care = EngineCare(self.engines, self.clock)
        self._reception = Reception(
            settings.core.queue,
            self._casting(),
            clock=self.clock,
            care=self._care,
            speech=self._speech,
            events=self._events,
        )
        self._ducker = Ducker(data_dir, clock=self.clock)
        self._labelling = Labelling(clock=self.clock)
        self._rooms = Rooms(
            self._settings,
            clock=self.clock,
            listener=self._reception.desk,
            ducker=self._ducker,
            labelling=self._labelling,
            preferences=self.preferences,
        )
        self._housekeeping = Housekeeping(
            self._care,
            self.family,
            clock=self.clock,
            settings=lambda: self._settings,
            changed=self._changes.tell,
        )
        self._greetings = Greetings(
            settings.core.greetings,
            file=GreetingsFile(greetings_file(data_dir)),
            clock=self.clock,
            submit=self.submit,
            changed=self._changes.tell,
        )
        self._stack = AsyncExitStack()
        self._began_at = 0.0
        self._ready = False

    async def __aenter__(self) -> Self:
        """Load the engine, open the rooms. Raises `HubAgentError`."""
        self._began_at = self.clock.monotonic()
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(asyncio.TaskGroup())
            await self._load(self._settings)
            await stack.enter_async_context(self._ducker)
            stack.push_async_callback(self._rooms.close)
            self._rooms.open(group)
            for name, chore in self._chores().items():
                stack.callback(group.create_task(chore, name=name).cancel)
            self._stack = stack.pop_all()
        self._ready = True
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Cut what is spoken, answer for what waits, close everything."""
        self._reception.close()
        await self._stack.aclose()
        await self._preferences.write()

    @property
    def agent_id(self) -> str:
        """See `AgentPort.agent_id`."""
        return self._settings.agent_id

    @cached_property
    def hub_id(self) -> str:
        """See `AgentPort.hub_id`. Made when asked for: whoever speaks once needs no data folder."""
        return hub_id(hub_id_file(self._data_dir))

    def ready(self) -> bool:
        """See `AgentPort.ready`."""
        return self._ready and not self._reception.closed and all(self.integrations().values())

    def rooms(self) -> Sequence[str]:
        """See `AgentPort.rooms`."""
        return self._rooms.names()

    def default_room(self) -> str:
        """See `AgentPort.default_room`."""
        return self._rooms.default()

    def voices(self) -> Sequence[Voice]:
        """See `AgentPort.voices`."""
        stock = (voice for engine in self.engines.made() for voice in engine.voices())
        return (*self._family_voices(), *stock)

    def voices_for(self, purpose: Purpose, *, origin: str) -> Sequence[Voice]:
        """See `AgentPort.voices_for`."""
        use = Use(purpose=purpose, room="", sender=origin, at=self.clock.now())
        return [
            voice
            for voice in self.voices()
            if voice.kind is VoiceKind.STOCK or self.family.permits(voice.id, use)
        ]

    def sample_rate_of(self, announcement: Announcement) -> int:
        """See `AgentPort.sample_rate_of`."""
        return rate_of(self.engines, announcement.engine or self._settings.speech.engine)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """See `AgentPort.listen`."""
        return self._events.add(listener)

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """See `AgentPort.watch`."""
        return self._changes.add(listener)

    def preferences(self) -> Preferences:
        """See `AgentPort.preferences`."""
        return self._preferences.now

    def prefer(self, preferences: Preferences) -> None:
        """See `AgentPort.prefer`."""
        voice = preferences.voice
        if voice not in (None, self._preferences.now.voice):
            voice = lasting_name(voice, self._usual_engine(), self.family)
        self._preferences.turn(replace(preferences, voice=voice))
        self._changes.tell()

    def greetings(self) -> Sequence[Greeting]:
        """See `AgentPort.greetings`."""
        return self._greetings.listed()

    def set_greeting(
        self, name: str, *, time: time | None = None, enabled: bool | None = None
    ) -> None:
        """See `AgentPort.set_greeting`."""
        self._greetings.change(name, at=time, enabled=enabled)

    def greet(self, name: str, *, announcement_id: str) -> None:
        """See `AgentPort.greet`."""
        self._greetings.say(name, announcement_id)

    async def greet_on_time(self) -> None:
        """Say each greeting at its time, until cancelled."""
        await self._greetings.run()

    def state(self) -> AgentState:
        """See `AgentPort.state`."""
        rooms, ending = self._rooms.states(), self._housekeeping.ending
        voice = self._speech().voice
        return AgentState(
            status=status_of(rooms),
            rooms=rooms,
            voice=None if voice is None else voice_named(voice, self._usual_engine(), self.family),
            volume=self._preferences.now.volume,
            quiet=self._preferences.now.quiet,
            engine=self._settings.speech.engine,
            language=self._settings.speech.language,
            engines_missing=self._care.missing(),
            vault=vault_state(self.family),
            family_voices=len(self._family_voices()),
            consents_ending=ending.count,
            consent_ends=ending.first,
            ttfa_s=self._reception.ttfa_s,
            next_greeting=self._greetings.next(),
        )

    def submit(self, announcement: Announcement, *, origin: str) -> None:
        """See `AgentPort.submit`."""
        self._reception.send(announcement, origin, self._rooms.players)

    def reject(self, announcement_id: str, reason: str, *, origin: str) -> None:
        """See `AgentPort.reject`."""
        self._reception.reject(Announcement(id=announcement_id, text=""), origin, reason)

    def stop(self, *, rooms: Sequence[str] = (), announcement_id: str | None = None) -> int:
        """See `AgentPort.stop`. Raises `NotFoundError` for an unknown room."""
        return sum(
            player.stop(announcement_id) for player in self._rooms.players(rooms or (ALL_ROOMS,))
        )

    async def say(self, announcement: Announcement, *, origin: str) -> AnnouncementResult:
        """Submit, and wait for the result; cancelling ends only the waiting."""
        result = self._reception.send(announcement, origin, self._rooms.players)
        return await asyncio.shield(result)

    async def say_to(
        self,
        announcement: Announcement,
        sink: Sink,
        *,
        origin: str,
        pieces: Iterable[str] | None = None,
    ) -> AnnouncementResult:
        """Speak into the caller's own sink, beside the rooms and their queues.

        `pieces` replaces the announcement's text by one that is still growing; it is read in a
        worker thread and may block. Cancelling cuts the sound and still counts as a result.
        """
        result, delivery = self._reception.hand_out(announcement, origin)
        if delivery is not None:
            await perform_privately(
                delivery,
                sink,
                self._settings.speech,
                listener=self._reception.desk,
                clock=self.clock,
                labelling=self._labelling.under(self._settings.labels),
                pieces=pieces,
            )
        return await result

    async def shut_down(self, *, deadline_s: float) -> None:
        """Drop what waits, let the sentences being spoken end, cut them at the deadline."""
        self._reception.close()
        await self._rooms.finish(deadline_s=deadline_s)

    async def reload(self, settings: Settings) -> None:
        """Apply new settings: rooms that changed end their sentence and start anew."""
        self.engines.move(_engine_home(settings.core, self._data_dir))
        await self._load(settings.core)
        self._use(settings.core)
        self._reception.use(settings.core.queue, self._casting())
        await self._rooms.reload(settings.core)
        await self._greetings.reload(settings.core.greetings)
        self._changes.tell()

    def health(self) -> Mapping[str, Any]:
        """See `AgentPort.health`."""
        return {
            "version": __version__,
            "ready": self.ready(),
            "integrations": dict(self.integrations()),
            "uptime_s": round(self.clock.monotonic() - self._began_at, 1),
            "rooms": self._rooms.health(),
            "open_announcements": len(self._reception.desk),
            "vault": vault_state(self.family).value,
            "engines": {e.name: self._care.loaded(e.name) for e in self.engines.made()},
            "outcomes": self._reception.outcomes(),
        }

    def _family_voices(self) -> Sequence[Voice]:
        """Nobody where the vault is damaged: housekeeping says so, everything else goes on."""
        try:
            return self.family.voices()
        except VoicesError:
            return ()

    def _chores(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        return {
            "housekeeping": self._housekeeping.run(),
            "preferences": self._preferences.write_down(),
        }

    def _usual_engine(self) -> Engine:
        return self.engines.get(self._settings.speech.engine)

    def _speech(self) -> SpeechSettings:
        """How announcements sound, with the voice that the household prefers."""
        speech, voice = self._settings.speech, self._preferences.now.voice
        return speech if voice is None else speech.model_copy(update={"voice": voice})

    def _use(self, settings: CoreSettings) -> None:
        self._settings = settings
        key_file = mark_key_file(self._data_dir)
        self._marking = Marking(key_file, settings.watermark, self.clock)

    def _casting(self) -> Casting:
        return Casting(self.engines, self.family, self.clock, self._marking)

    async def _load(self, settings: CoreSettings) -> None:
        await self._care.load(settings.speech.engine)
        self._care.forget_missing()
        await self._care.try_to_load(settings.speech.family_engines)
        rates = {room.sample_rate for room in settings.rooms.values()}
        for rate in rates:
            await asyncio.to_thread(
                warm_up, settings.speech, self.engines, self._marking, sample_rate=rate
            )


def _engine_home(settings: CoreSettings, data_dir: Path) -> EngineHome:
    return EngineHome(settings=settings.engines, data_dir=data_dir)

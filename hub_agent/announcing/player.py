"""The player of one room: takes what is most urgent and speaks it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

from hub_agent.announcement import InterruptPolicy, Outcome, Priority
from hub_agent.announcing.announcement_queue import AnnouncementQueue
from hub_agent.announcing.delivery import Delivery, Ending
from hub_agent.announcing.ducking import Ducker
from hub_agent.announcing.performance import PATIENT, Patience, Performance, perform
from hub_agent.announcing.quiet_hours import may_speak
from hub_agent.announcing.utterance import utterance_of
from hub_agent.clock import Clock
from hub_agent.labels.labelling import Labelling
from hub_agent.preferences import FULL_VOLUME, Preferences
from hub_agent.settings.models import RoomSettings, SpeechSettings
from hub_agent.sinks.sink import Sink

MAX_TURNS = 8
"""An announcement that was interrupted this often is given up: nothing goes round for ever."""

HEARD_ENOUGH_S = 0.1
"""A cut that takes less than this off the end left nothing to resume."""


class Interruption(StrEnum):
    """Why a running announcement is cut."""

    PREEMPTED = "preempted"
    STOPPED = "stopped"
    SHUTTING_DOWN = "shutting_down"


class DeliveryListener(Protocol):
    """Learns what happens to deliveries; each is `ended` exactly once."""

    def started(self, delivery: Delivery) -> None:
        """It is being spoken, for the first time or again."""
        ...

    def first_audio(self, delivery: Delivery) -> None:
        """Its first audible sample was handed to the sink."""
        ...

    def interrupted(self, delivery: Delivery) -> None:
        """Something more urgent came; it waits for its next turn."""
        ...

    def ended(self, delivery: Delivery, ending: Ending) -> None:
        """Nothing more will happen to it."""
        ...


class Player:
    """One room at work. Everything but `run` returns at once."""

    def __init__(
        self,
        name: str,
        *,
        room: RoomSettings,
        speech: SpeechSettings,
        queue: AnnouncementQueue,
        sink: Sink,
        clock: Clock,
        listener: DeliveryListener,
        ducker: Ducker,
        labelling: Labelling,
        preferences: Callable[[], Preferences] = Preferences,
        patience: Patience = PATIENT,
    ) -> None:
        self.name = name
        self.sink = sink
        self._room = room
        self._speech = speech
        self._queue = queue
        self._clock = clock
        self._listener = listener
        self._ducker = ducker
        self._labelling = labelling
        self._preferences = preferences
        self._patience = patience
        self._changed = asyncio.Event()
        self._expiry_changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._current: Delivery | None = None
        self._performance: Performance | None = None
        self._speaking: asyncio.Task[Ending] | None = None
        self._why: Interruption | None = None
        self._retiring = False

    def put(self, delivery: Delivery) -> None:
        """Queue a delivery; it interrupts whatever is less urgent."""
        victim = self._queue.put(delivery)
        if victim is not None:
            self._listener.ended(victim, Ending(Outcome.DROPPED, "queue_full"))
        if victim is not delivery:
            self._wake()
            self._preempt(delivery.announcement.priority)

    def may_speak(self, priority: Priority) -> bool:
        """Whether quiet hours, or a household that wants quiet, let this priority pass now."""
        if self._preferences().quiet and priority is not Priority.CRITICAL:
            return False
        return may_speak(self._room.quiet_hours, priority, self._clock.now())

    def stop(self, announcement_id: str | None = None) -> int:
        """Cut the current announcement and drop the waiting ones, or only the named one."""
        waiting = (
            self._queue.drain() if announcement_id is None else self._queue.remove(announcement_id)
        )
        for delivery in waiting:
            self._listener.ended(delivery, Ending(Outcome.DROPPED, Interruption.STOPPED))
        current = self._current
        if current is None or announcement_id not in (None, current.announcement.id):
            return len(waiting)
        return len(waiting) + self._interrupt(Interruption.STOPPED)

    def finish_soon(self) -> None:
        """Speak the current sentence to its end, start nothing more."""
        self._retiring = True
        if self._performance is not None:
            self._performance.stop_after_sentence()

    def cut(self) -> None:
        """End the current announcement now, because the agent leaves."""
        self._interrupt(Interruption.SHUTTING_DOWN)

    async def wait_idle(self) -> None:
        """Return when nothing is being spoken."""
        await self._idle.wait()

    def speaking_for_s(self) -> float | None:
        """How long the current turn has lasted."""
        current = self._current
        if current is None or current.started_at is None:
            return None
        return self._clock.monotonic() - current.started_at

    async def run(self) -> None:
        """Serve the queue until cancelled; a delivery being spoken then goes back to the queue."""
        async with self.sink, asyncio.TaskGroup() as group:
            group.create_task(self._watch_expiry(), name=f"expiry.{self.name}")
            while True:
                await self._serve(await self._next())

    async def _next(self) -> Delivery:
        while True:
            self._expire()
            if not self._retiring:
                delivery = self._queue.pop(self._clock.monotonic())
                if delivery is not None:
                    return delivery
            self._idle.set()
            self._changed.clear()
            await self._changed.wait()

    async def _serve(self, delivery: Delivery) -> None:
        if not self.may_speak(delivery.announcement.priority):
            self._listener.ended(delivery, Ending(Outcome.REFUSED, "quiet_hours"))
            return
        self._idle.clear()
        delivery.turns += 1
        delivery.started_at = self._clock.monotonic()
        self._current, self._why = delivery, None
        self._listener.started(delivery)
        try:
            async with self._others_lowered():
                ending = await self._speak(delivery)
        except asyncio.CancelledError:
            self._queue.put_back(delivery)
            raise
        finally:
            self._current = self._performance = self._speaking = None
        if ending is None:
            self._queue.put_back(delivery)
            self._listener.interrupted(delivery)
        else:
            self._listener.ended(delivery, ending)

    async def _speak(self, delivery: Delivery) -> Ending | None:
        """The ending, or None when the delivery waits for another turn."""
        performance = self._performance = Performance(
            utterance_of(
                delivery,
                self._speech,
                sample_rate=self.sink.sample_rate,
                volume=round(self._room.volume * self._preferences().volume / FULL_VOLUME),
                chime=self._room.chime,
                labelling=self._labelling,
            ),
            self.sink,
            on_first_audio=lambda: self._note_first_audio(delivery),
            patience=self._patience,
        )
        try:
            async with asyncio.TaskGroup() as group:
                speaking = self._speaking = group.create_task(
                    perform(performance), name=f"speaking.{self.name}"
                )
        finally:
            delivery.audio_s += performance.heard_s
            delivery.synthesis_s += performance.synthesis_s
            if delivery.announcement.interrupt is InterruptPolicy.RESUME:
                delivery.skip = performance.sentence
        return self._after_cut(delivery, performance) if speaking.cancelled() else speaking.result()

    def _after_cut(self, delivery: Delivery, performance: Performance) -> Ending | None:
        if performance.complete and performance.unheard_s <= HEARD_ENOUGH_S:
            return Ending(Outcome.SPOKEN)
        if self._why is not Interruption.PREEMPTED:
            return Ending(Outcome.INTERRUPTED, self._why or Interruption.SHUTTING_DOWN)
        if delivery.announcement.interrupt is InterruptPolicy.DROP:
            return Ending(Outcome.INTERRUPTED, Interruption.PREEMPTED)
        if delivery.turns >= MAX_TURNS:
            return Ending(Outcome.INTERRUPTED, "interrupted_too_often")
        return None

    def _note_first_audio(self, delivery: Delivery) -> None:
        if delivery.ttfa_s is None:
            delivery.ttfa_s = self._clock.monotonic() - delivery.accepted_at
            self._listener.first_audio(delivery)

    def _preempt(self, priority: Priority) -> None:
        current = self._current
        if current and priority > current.announcement.priority:
            self._interrupt(Interruption.PREEMPTED)

    def _interrupt(self, why: Interruption) -> int:
        speaking = self._speaking
        if speaking is None or speaking.done():
            return 0
        if self._why is None:
            speaking.cancel()
        if self._why in (None, Interruption.PREEMPTED):
            self._why = why
        return 1

    def _wake(self) -> None:
        self._changed.set()
        self._expiry_changed.set()

    def _expire(self) -> None:
        for delivery in self._queue.expire(self._clock.monotonic()):
            self._listener.ended(delivery, Ending(Outcome.EXPIRED, "expired"))

    async def _watch_expiry(self) -> None:
        """Report what expires while something else is being spoken, when it expires."""
        while True:
            self._expiry_changed.clear()
            expiry = self._queue.next_expiry()
            delay = None if expiry is None else max(0.0, expiry - self._clock.monotonic())
            try:
                async with asyncio.timeout(delay):
                    await self._expiry_changed.wait()
            except TimeoutError:
                self._expire()

    def _others_lowered(self) -> AbstractAsyncContextManager[None]:
        ducking = self._room.ducking
        return self._ducker.hold(ducking.level_percent) if ducking.enabled else nullcontext()

"""One utterance played into one sink, from the first block to the last or to a clean cut."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import structlog

from hub_agent.announcement import Outcome
from hub_agent.announcing.bridge import ThreadStream, stream_from_thread
from hub_agent.announcing.delivery import Ending, ending_of
from hub_agent.announcing.pipeline import Block, render
from hub_agent.announcing.utterance import Utterance
from hub_agent.audio.stage import Samples
from hub_agent.errors import EngineError, HubAgentError, InvalidAnnouncementError, SinkError
from hub_agent.sinks.sink import Sink, give_label
from voices.errors import VoicesError
from voices.marked_utterance import SpeechEnding

log = structlog.get_logger(__name__)

AHEAD_S = 8.0
"""Rendered audio that may wait for the sink before the next segment is started."""

CUT_STALL_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for one chunk of the engine and for one step of the sink; None: for ever."""

    engine_s: float | None = 20.0
    sink_s: float | None = 10.0


PATIENT = Patience()


class Performance:
    """Runs once. Every step is bounded in time, so no engine and no sink can hang a room."""

    def __init__(
        self,
        utterance: Utterance,
        sink: Sink,
        *,
        on_first_audio: Callable[[], None],
        patience: Patience,
    ) -> None:
        self._utterance = utterance
        self._sink = sink
        self._on_first_audio = on_first_audio
        self._patience = patience
        self._marks: list[tuple[int, int]] = []
        self._written = 0
        self._unheard = 0
        self._last_sentence: int | None = None
        self.complete = False
        self.stopped_early = False
        self.synthesis_s = 0.0

    @property
    def heard_s(self) -> float:
        """Seconds that left the sink."""
        return (self._written - self._unheard) / self._utterance.sample_rate

    @property
    def unheard_s(self) -> float:
        """Seconds that a cut took back from the sink."""
        return self._unheard / self._utterance.sample_rate

    @property
    def sentence(self) -> int:
        """Index of the first segment of the sentence that was heard last."""
        return self._sentence_at(self._written - self._unheard)

    def stop_after_sentence(self) -> None:
        """End after the sentence that is being heard now."""
        self._last_sentence = self._sentence_at(self._written - self._sink.unplayed())

    def _sentence_at(self, position: int) -> int:
        begun = [sentence for start, sentence in self._marks if start <= position]
        return max(begun, default=self._utterance.skip)

    async def run(self) -> None:
        """Play to the end. When cancelled or failing, fade out and flush first.

        Raises `EngineError` or `SinkError`, and `VoicesError` when the voice may not be heard.
        """
        work = partial(render, self._utterance)
        name = f"speech.{self._utterance.id[:8]}"
        async with stream_from_thread(work, name=name, ahead_s=AHEAD_S) as stream:
            try:
                give_label(self._sink, self._utterance.label)
                async with _sink_in_time(self._patience.sink_s):
                    await self._sink.begin(self._utterance.id)
                await self._play(stream)
                async with _sink_in_time(self._patience.sink_s):
                    await self._sink.finish()
            except BaseException:
                await self._cut(stream)
                raise

    async def record(self, ending: Ending) -> None:
        """Let the source record how it ended; that it cannot be recorded ends nothing else."""
        ended = SpeechEnding(
            outcome=ending.outcome.value,
            reason=ending.reason,
            heard_s=self.heard_s,
            text=str(self._utterance.wording),
        )
        try:
            await asyncio.to_thread(self._utterance.source.ended, ended)
        except VoicesError as error:
            log.error("the end of an utterance is not recorded", reason=error.reason)

    async def _play(self, stream: ThreadStream[Block]) -> None:
        while (block := await self._next(stream)) is not None:
            if self._utterance.source.may_have_changed():
                await asyncio.to_thread(self._utterance.source.check)
            if self._last_sentence is not None and block.sentence > self._last_sentence:
                self.stopped_early = True
                return
            if not self._marks or self._marks[-1][1] != block.sentence:
                self._marks.append((self._written, block.sentence))
            async with _sink_in_time(self._patience.sink_s):
                await self._sink.write(block.samples)
            self._written += block.samples.size
            self.synthesis_s = block.synthesis_s
            if block.first_audible:
                self._on_first_audio()
        self.complete = True

    async def _next(self, stream: ThreadStream[Block]) -> Block | None:
        if (block := stream.get_nowait()) is not None:
            return block
        try:
            async with asyncio.timeout(self._patience.engine_s):
                return await stream.get()
        except TimeoutError as error:
            raise EngineError("the engine stopped answering", reason="engine_stalled") from error

    async def _cut(self, stream: ThreadStream[Block]) -> None:
        try:
            async with _sink_in_time(CUT_STALL_S):
                self._unheard = await self._sink.cut(self._rest(stream))
        except Exception as error:  # noqa: BLE001 - what led to the cut is what counts
            log.debug("cut failed", error=type(error).__name__)

    def _rest(self, stream: ThreadStream[Block]) -> Samples:
        """What would have been written next, for the fade of sinks that hold nothing."""
        block = stream.get_nowait()
        return np.zeros(0, np.float32) if block is None else block.samples


async def perform(performance: Performance) -> Ending:
    """Run it, and turn whatever goes wrong into an ending: a room outlives every utterance.

    However it ends, also when it is cancelled, that is recorded before this returns.
    """
    ending = Ending(Outcome.INTERRUPTED, "cut")
    try:
        ending = await _ending(performance)
    finally:
        await performance.record(ending)
    return ending


async def _ending(performance: Performance) -> Ending:
    try:
        await performance.run()
    except InvalidAnnouncementError as error:
        return Ending(Outcome.REJECTED, error.reason)
    except VoicesError as error:
        return ending_of(error)
    except HubAgentError as error:
        log.warning("announcement failed", reason=error.reason, error=str(error))
        return Ending(Outcome.FAILED, error.reason)
    except Exception as error:
        log.error("announcement failed", reason="internal", exc_info=error)
        return Ending(Outcome.FAILED, "internal")
    if performance.stopped_early:
        return Ending(Outcome.INTERRUPTED, "shutting_down")
    return Ending(Outcome.SPOKEN)


@asynccontextmanager
async def _sink_in_time(seconds: float | None) -> AsyncGenerator[None, None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise SinkError("a sink stopped taking samples", reason="sink_stalled") from error

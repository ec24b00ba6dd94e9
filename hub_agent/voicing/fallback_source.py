"""A person's voice that another engine goes on with where one fails."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, TypeAlias

import structlog

from hub_agent.audio.resample import Resampler
from hub_agent.audio.silence import first_audible_index
from hub_agent.audio.stage import Samples, Stage
from hub_agent.engines.engine import Emit, PersonalVoice, Prosody
from hub_agent.errors import HubAgentError
from hub_agent.text.segment import Segment
from hub_agent.voicing.speech_source import FamilySource
from voices.errors import VoiceNotFoundError
from voices.marked_utterance import SpeechEnding

log = structlog.get_logger(__name__)

_Failure: TypeAlias = HubAgentError | VoiceNotFoundError
_FAILURES: Final = (HubAgentError, VoiceNotFoundError)
"""An engine that fails, and a voice that was not made for it; a refusal is the last word."""


class FallbackSource:
    """One person's voice by several engines, the preferred first; a `SpeechSource`.

    Everything is said at the first one's rate and through one marker, whoever speaks.
    """

    def __init__(self, sources: Sequence[FamilySource]) -> None:
        self._sources = sources
        self._first = sources[0]
        self.engine = self._first.engine
        self.voice = self._first.voice
        self.engine_failed: str | None = None

    @contextmanager
    def open(self) -> Iterator[PersonalVoice]:
        """See `SpeechSource.open`; consent is asked for with each engine that speaks."""
        with ExitStack() as opened:
            yield _Relay(self._sources, opened, self.engine.sample_rate, self._note)

    def mark(self, sameness: bytes | None) -> Stage | None:
        """See `SpeechSource.mark`."""
        return self._first.mark(sameness)

    def ended(self, ending: SpeechEnding) -> None:
        """See `SpeechSource.ended`."""
        self._first.ended(ending)

    def may_have_changed(self) -> bool:
        """See `SpeechSource.may_have_changed`."""
        return self._first.may_have_changed()

    def check(self) -> None:
        """See `SpeechSource.check`."""
        self._first.check()

    def _note(self, reason: str, engine: str) -> None:
        log.warning("another engine goes on in the same voice", reason=reason, engine=engine)
        self.engine_failed = reason


class _Relay:
    """Whoever failed is not asked again: an announcement does not change its sound twice."""

    def __init__(
        self,
        sources: Sequence[FamilySource],
        opened: ExitStack,
        sample_rate: int,
        note: Callable[[str, str], None],
    ) -> None:
        self._opened = opened
        self._sample_rate = sample_rate
        self._note = note
        self._waiting = list(sources)
        try:
            self._voice, self._rate = self._open()
        except _FAILURES as failure:
            self._hand_over(failure)

    def speak(self, segment: Segment, prosody: Prosody, emit: Emit) -> None:
        """See `PersonalVoice.speak`; what began to sound is never said again."""
        while True:
            speech = _Speech(emit, Resampler(self._rate, self._sample_rate))
            try:
                self._voice.speak(segment, prosody, speech.take)
            except HubAgentError as failure:
                self._hand_over(failure)
                if speech.audible:
                    return
            else:
                speech.finish()
                return

    def _hand_over(self, failure: _Failure) -> None:
        """To the next engine that can; raises `failure` when there is none."""
        while self._waiting:
            engine = self._waiting[0].engine.name
            try:
                self._voice, self._rate = self._open()
            except _FAILURES:
                continue
            self._note(failure.reason, engine)
            return
        raise failure

    def _open(self) -> tuple[PersonalVoice, int]:
        source = self._waiting.pop(0)
        return self._opened.enter_context(source.open()), source.engine.sample_rate


class _Speech:
    """One engine's speech of one segment, on its way at another rate."""

    def __init__(self, emit: Emit, resampler: Resampler) -> None:
        self._emit = emit
        self._resampler = resampler
        self.audible = False

    def take(self, samples: Samples) -> bool:
        """See `Emit`."""
        self.audible = self.audible or first_audible_index(samples) is not None
        return self._emit(self._resampler.process(samples))

    def finish(self) -> None:
        """What the resampler still holds."""
        rest = self._resampler.finish()
        if rest.size:
            self._emit(rest)

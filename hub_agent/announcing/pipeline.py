"""From text to blocks of samples for a sink: every stage of the audio path, in order.

Look-ahead behind the engine: joiner + watermark (24 ms) + resampler + limiter, at most 44 ms
together.
"""

import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from hub_agent.announcing.utterance import Utterance
from hub_agent.audio.chime import chime
from hub_agent.audio.gain import Gain
from hub_agent.audio.join import Joiner
from hub_agent.audio.limiter import Limiter
from hub_agent.audio.resample import Resampler
from hub_agent.audio.rhythm import rhythm
from hub_agent.audio.silence import first_audible_index, silence
from hub_agent.audio.stage import Chain, Samples
from hub_agent.engines.engine import PersonalVoice, Prosody
from hub_agent.errors import EngineError, InvalidAnnouncementError
from hub_agent.labels.audible import Notice
from hub_agent.sinks.sink import CUT_FADE_MS
from hub_agent.text.segment import Boundary, Segment

BLOCK_S = CUT_FADE_MS / 1000
"""Blocks are what a sink takes at once: one holds exactly a whole fade."""

PAUSE_MS = {
    Boundary.WORD: 0.0,
    Boundary.CLAUSE: 120.0,
    Boundary.SENTENCE: 280.0,
    Boundary.QUESTION: 300.0,
    Boundary.EXCLAMATION: 300.0,
    Boundary.PARAGRAPH: 450.0,
}

WITHIN_SENTENCE = frozenset({Boundary.WORD, Boundary.CLAUSE})


@dataclass(frozen=True, slots=True)
class Block:
    """At most `BLOCK_S` of samples at the sink's rate.

    `sentence` is the index of the first segment of the sentence it belongs to, `first_audible` is
    set on the one block in which the utterance becomes audible. `synthesis_s` is the engine time
    spent so far.
    """

    samples: Samples
    sample_rate: int
    sentence: int
    first_audible: bool
    synthesis_s: float

    @property
    def duration_s(self) -> float:
        """Seconds of audio."""
        return self.samples.size / self.sample_rate


class BlockOutput(Protocol):
    """Where blocks go: see `ThreadStream`."""

    def emit(self, item: Block) -> bool:
        """Take a block; False when nobody wants more."""
        ...

    def wait_for_room(self) -> bool:
        """Wait until more may come; False when nobody wants more."""
        ...

    def cancelled(self) -> bool:
        """Whether nobody wants more."""
        ...


def render(utterance: Utterance, out: BlockOutput) -> None:
    """Speak `utterance` into `out`; runs in a worker thread.

    Raises `InvalidAnnouncementError` when nothing in the text can be spoken, `EngineError` when
    the engine gave no audible sample for it, and `VoicesError` when the voice may not be used.
    """
    with utterance.source.open() as voice:
        _Rendering(utterance, voice, out).run()


class _Rendering:
    def __init__(self, utterance: Utterance, voice: PersonalVoice, out: BlockOutput) -> None:
        self._utterance = utterance
        self._voice = voice
        self._out = out
        self._joiner = Joiner(utterance.source.engine.sample_rate)
        self._chain = _behind_the_joiner(utterance)
        self._sentence = utterance.skip
        self._boundary: Boundary | None = None
        self._block_size = round(BLOCK_S * utterance.sample_rate)
        self._held = np.zeros(0, np.float32)
        self._audible = False
        self._voiced = False
        self._synthesis_s = 0.0
        self._wanted = True

    def run(self) -> None:
        spoken = False
        notice = self._utterance.notice
        if self._utterance.chime and not self._utterance.skip:
            self._forward(chime(self._utterance.chime, self._utterance.source.engine.sample_rate))
        for segment in self._utterance.segments:
            if segment.index < self._utterance.skip:
                continue
            if not self._out.wait_for_room():
                return
            if notice and notice.at_start and not spoken and not self._utterance.skip:
                self._notify(notice)
            self._speak(segment, self._utterance.prosody)
            spoken = True
        if notice and notice.at_end and spoken:
            self._notify(notice)
        self._forward(self._joiner.finish())
        self._release(self._chain.finish(), last=True)
        if not spoken and not self._utterance.skip:
            raise InvalidAnnouncementError(
                "nothing in this text is speech", reason="nothing_to_say"
            )
        if spoken and self._wanted and not self._voiced:
            raise EngineError("the engine gave no sound for this text", reason="no_audio")

    def _notify(self, notice: Notice) -> None:
        """Say that the speech is synthetic; whether the text was heard does not depend on it."""
        voiced = self._voiced
        if notice.sentence is None:
            self._sound_rhythm()
        else:
            said = Segment(text=notice.sentence, index=self._sentence, language=notice.language)
            self._speak(said, replace(self._utterance.prosody, rate=notice.rate))
        self._voiced = voiced

    def _sound_rhythm(self) -> None:
        rate = self._utterance.source.engine.sample_rate
        pause_ms = PAUSE_MS[Boundary.SENTENCE]
        if self._boundary is not None:
            self._forward(self._joiner.end_segment(pause_ms))
        self._forward(np.concatenate((rhythm(rate), silence(pause_ms, rate))))
        self._boundary = None

    def _speak(self, segment: Segment, prosody: Prosody) -> None:
        if self._boundary is not None:
            self._forward(self._joiner.end_segment(PAUSE_MS[self._boundary]))
        if self._boundary not in WITHIN_SENTENCE:
            self._sentence = segment.index
        self._boundary = segment.boundary
        started = time.perf_counter()
        self._voice.speak(segment, prosody, self._take)
        self._synthesis_s += time.perf_counter() - started

    def _take(self, samples: Samples) -> bool:
        self._voiced = self._voiced or first_audible_index(samples) is not None
        self._forward(self._joiner.process(samples))
        return self._wanted and not self._out.cancelled()

    def _forward(self, samples: Samples) -> None:
        if samples.size:
            self._release(self._chain.process(samples))

    def _release(self, samples: Samples, *, last: bool = False) -> None:
        """Cut into blocks; a rest that fills none waits for the next call."""
        held = np.concatenate((self._held, samples))
        end = held.size if last else held.size - held.size % self._block_size
        for start in range(0, end, self._block_size):
            self._emit(held[start : min(start + self._block_size, end)])
        self._held = held[end:]

    def _emit(self, samples: Samples) -> None:
        first = not self._audible and first_audible_index(samples) is not None
        self._audible |= first
        block = Block(
            samples, self._utterance.sample_rate, self._sentence, first, self._synthesis_s
        )
        self._wanted = self._out.emit(block) and self._wanted


def _behind_the_joiner(utterance: Utterance) -> Chain:
    """Everything between the joined segments and the sink.

    The one place where a person's voice is marked: whatever leaves here leaves the agent.
    """
    rate = utterance.source.engine.sample_rate
    marker = utterance.source.mark(utterance.sameness)
    return Chain(
        Gain(utterance.gain_db + _volume_db(utterance.volume)),
        *([] if marker is None else [marker]),
        Resampler(rate, utterance.sample_rate),
        Limiter(utterance.sample_rate),
    )


def _volume_db(volume: int) -> float:
    """Loudness halves about every 10 dB: full scale is 0 dB, 50 % is −12 dB, 0 is silence."""
    return 40.0 * float(np.log10(volume / 100)) if volume else -120.0

"""From phones to sound in a person's voice, while the tokens still come."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from hub_agent.audio.silence import first_audible_index
from hub_agent.errors import EngineError
from hub_agent.gpt_sovits.decoder import NOISE_SCALE, Decoder, DecoderStream
from hub_agent.gpt_sovits.passage import Passage
from hub_agent.gpt_sovits.sampler import Sampling
from hub_agent.gpt_sovits.schedule import chunk_sizes
from hub_agent.gpt_sovits.t2s import T2S, Ending, TokenRun
from hub_agent.gpt_sovits.token_guards import Fault, fault_of, goes_round, token_limit
from hub_agent.gpt_sovits.voice_data import VoiceData

log = structlog.get_logger(__name__)

Ids: TypeAlias = NDArray[np.int64]
Samples: TypeAlias = NDArray[np.float32]
Emit: TypeAlias = Callable[[Samples], bool]
"""Takes samples, which may be none; answers False when nobody wants more."""

ATTEMPTS: Final = 3
NOTHING: Final = np.zeros(0, np.float32)
_TRIAL_TOKENS: Final = 25
_FAULTS: Final = {
    Fault.NEARLY_EMPTY: "the voice model left out most of a sentence",
    Fault.GOES_ROUND: "the voice model repeated itself",
    Fault.NO_END: "the voice model came to no end",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How freely a voice speaks. Another `seed` gives another reading of the same text."""

    sampling: Sampling = field(default_factory=Sampling)
    noise_scale: float = NOISE_SCALE
    seed: int = 0


class Synthesiser:
    """The networks of a model, loaded; one segment at a time."""

    def __init__(self, t2s: T2S, decoder: Decoder, manner: Manner) -> None:
        self._t2s = t2s
        self._decoder = decoder
        self._manner = manner

    def speak(
        self,
        phones: Ids,
        voice: VoiceData,
        *,
        speed: float,
        emit: Emit,
        features: NDArray[np.float32] | None = None,
    ) -> None:
        """Say `phones`, with what BERT makes of them; the same sound the same each time.

        `emit` is asked before each token whether to go on. What went wrong unheard is tried again
        with other random numbers. Raises `EngineError`.
        """
        outlet = _Outlet(emit)
        bert = self._features(phones, voice, features)
        for attempt in count(1):
            seed = self._seed(phones, voice, attempt)
            run = self._tokens(phones, bert, voice, seed, outlet)
            stream = self._decoder.stream(self._passage(phones, voice, seed, speed))
            fault = _say(run, stream, phones.size, outlet)
            if fault is None:
                return
            if outlet.audible or attempt == ATTEMPTS:
                raise EngineError(_FAULTS[fault], reason=fault.value)
            log.info("a sentence is tried again", reason=fault.value)

    def try_out(self) -> None:
        """A second of nobody's speech, unheard: what runs first takes longest."""
        phones, nothing = np.arange(1, 1 + _TRIAL_TOKENS), np.empty(0, np.int64)
        blank = VoiceData(phones=nothing, prompt=nothing, style=self._decoder.blank_style())
        run = self._t2s.run(
            phones, None, nothing, sampling=Sampling(), seed=0, max_tokens=_TRIAL_TOKENS
        )
        stream = self._decoder.stream(self._passage(phones, blank, 0, 1.0))
        stream.push(np.fromiter(run, np.int64))
        stream.finish()

    def _tokens(
        self,
        phones: Ids,
        bert: NDArray[np.float32] | None,
        voice: VoiceData,
        seed: int,
        outlet: "_Outlet",
    ) -> TokenRun:
        return self._t2s.run(
            np.concatenate([voice.phones, phones]),
            bert,
            voice.prompt,
            sampling=self._manner.sampling,
            seed=seed,
            max_tokens=token_limit(phones.size),
            should_stop=outlet.is_closed,
        )

    def _features(
        self, phones: Ids, voice: VoiceData, features: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Of the reference and of what is to be said; zeros where one of them has none."""
        if voice.features is None and features is None:
            return None
        width = self._t2s.network.bert_size
        both = (voice.features, voice.phones.size), (features, phones.size)
        return np.concatenate(
            [np.zeros((width, size), np.float32) if rows is None else rows for rows, size in both],
            axis=1,
        )

    def _passage(self, phones: Ids, voice: VoiceData, seed: int, speed: float) -> Passage:
        noise = self._decoder.noise(seed, self._manner.noise_scale)
        return Passage(phones=phones.tolist(), style=voice.style, noise=noise, speed=speed)

    def _seed(self, phones: Ids, voice: VoiceData, attempt: int) -> int:
        """From what is said, in whose voice, and in which manner."""
        said = hashlib.blake2b(phones.tobytes(), digest_size=8)
        said.update(voice.prompt.tobytes())
        said.update(repr((self._manner, attempt)).encode())
        return int.from_bytes(said.digest())


class _Outlet:
    """Where the samples of a segment go."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._wanted = True
        self.audible = False

    def give(self, samples: Samples) -> None:
        self.audible = self.audible or first_audible_index(samples) is not None
        self._wanted = self._wanted and self._emit(samples)

    def is_closed(self) -> bool:
        self.give(NOTHING)
        return not self._wanted


def _say(run: TokenRun, stream: DecoderStream, num_phones: int, outlet: _Outlet) -> Fault | None:
    """One attempt; what is wrong with its tokens."""
    tokens: list[int] = []
    num_pushed, sizes = 0, chunk_sizes()
    size = next(sizes)
    for token in run:
        tokens.append(token)
        if goes_round(tokens):
            return Fault.GOES_ROUND
        if len(tokens) == num_pushed + size:
            outlet.give(stream.push(np.array(tokens[num_pushed:], np.int64)))
            num_pushed, size = len(tokens), next(sizes)
    ending = run.ending or Ending.LIMIT
    fault = fault_of(tokens, num_phones, ending)
    if fault is None and ending is not Ending.STOPPED:
        outlet.give(stream.push(np.array(tokens[num_pushed:], np.int64)))
        outlet.give(stream.finish())
    return fault

"""One pack at work: loading, each network by itself, and whole sentences."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import psutil
from numpy.typing import NDArray

from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.passage import Passage
from hub_agent.gpt_sovits.sampler import Sampling, draw, penalised, probabilities
from hub_agent.gpt_sovits.schedule import chunk_sizes
from hub_agent.gpt_sovits.t2s import T2S
from hub_agent.gpt_sovits.token_guards import TOKENS_PER_S

Ids = NDArray[np.int64]

LENGTHS: Final = (10, 40, 120)
"""Tokens of the sentences; 25 are a second."""
PREFILLS: Final = {160: 80, 205: 125}
"""Positions by tokens of the prompt; 80 phones make up the rest."""
_TOKENS_PER_PHONE: Final = 2
_NUM_PHONES: Final = 80
_NUM_REFERENCE_PHONES: Final = 40
_NUM_PROMPT_TOKENS: Final = 80
_NUM_STEPS: Final = 60
_REPEATS: Final = 5
_SPOKEN: Final = 3
"""Times that a sentence is spoken."""
_FRAMES_PER_S: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Medians."""

    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Medians of several times the same."""

    num_tokens: int
    num_positions: int
    first_audio_ms: float
    first_audio_cpu_ms: float
    rtf: float
    cpu_rtf: float
    margin_ms: float | None
    """What was still unheard when the next piece came, at the worst moment; None with one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was measured of one pack."""

    kind: str
    precision: str
    niceness: int
    load: Timing
    loaded_mb: float
    resident_mb: float
    """Of the whole process, Python and libraries too, after all sentences."""
    private_mb: float
    """The same without what is mapped from files, which the system may drop at any time."""
    prefill: dict[int, Timing]
    token: Timing
    generator: Timing
    """Of a second of sound."""
    sentences: list[Sentence]


def measure(folder: Path, kind: str, precision: str, niceness: int) -> Pace:
    """In a process of its own, so that memory is this pack's alone."""
    before_mb, start = _memory_mb(), _Clocks()
    bench = _Bench(folder)
    load, loaded_mb = start.passed(), _memory_mb() - before_mb
    bench.sentence(LENGTHS[0])
    return Pace(
        kind=kind,
        precision=precision,
        niceness=niceness,
        load=load,
        loaded_mb=loaded_mb,
        prefill={positions: bench.prefill(prompt) for positions, prompt in PREFILLS.items()},
        token=bench.token(),
        generator=bench.generator(),
        sentences=[bench.sentence(length) for length in LENGTHS],
        resident_mb=_memory_mb(),
        private_mb=_anonymous_mb(),
    )


class _Clocks:
    """Wall clock and processor time from here on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def passed(self) -> Timing:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Timing(wall_ms=1000 * wall, cpu_ms=1000 * cpu)


class _Bench:
    """The networks of a pack, with the numbers of threads that the engine gives them."""

    def __init__(self, folder: Path) -> None:
        self._t2s = T2S.open(folder)
        self._networks = DecoderNetworks.open(folder)
        self._decoder = Decoder(self._networks)
        self._rng = np.random.default_rng(1)

    def prefill(self, num_prompt_tokens: int) -> Timing:
        """Text and prompt to the first logits."""
        phones, prompt = self._phones(_NUM_PHONES), self._tokens(num_prompt_tokens)

        def run() -> None:
            self._t2s.network.start(phones, None, prompt, max_tokens=1).first_logits()

        return _timed(run)

    def token(self) -> Timing:
        """One token after the other, the choice among them included."""
        runs = []
        for _ in range(_REPEATS):
            coming = iter(self._run(self._phones(_NUM_PHONES), _NUM_STEPS + 1))
            next(coming)
            clocks = _Clocks()
            num_tokens = sum(1 for _ in coming)
            whole = clocks.passed()
            runs.append(
                Timing(wall_ms=whole.wall_ms / num_tokens, cpu_ms=whole.cpu_ms / num_tokens)
            )
        return _median(runs)

    def generator(self) -> Timing:
        """From the flow's output to a second of sound, both halves."""
        z = self._decoder.noise(1)(0, _FRAMES_PER_S)
        style = self._networks.blank_style()
        return _timed(lambda: self._networks.fine(self._networks.coarse(z, style)))

    def sentence(self, num_tokens: int) -> Sentence:
        """The whole way; the longer the sentence the more phones it has."""
        phones = self._phones(_NUM_REFERENCE_PHONES + num_tokens // _TOKENS_PER_PHONE)
        spoken = [self._spoken(phones, num_tokens) for _ in range(_SPOKEN)]
        firsts, wholes, margins = zip(*spoken, strict=True)
        first, whole = _median(firsts), _median(wholes)
        sound_ms = 1000 * num_tokens / TOKENS_PER_S
        return Sentence(
            num_tokens=num_tokens,
            num_positions=phones.size + _NUM_PROMPT_TOKENS,
            first_audio_ms=first.wall_ms,
            first_audio_cpu_ms=first.cpu_ms,
            rtf=whole.wall_ms / sound_ms,
            cpu_rtf=whole.cpu_ms / sound_ms,
            margin_ms=None if None in margins else median(margins),
        )

    def _spoken(self, phones: Ids, num_tokens: int) -> tuple[Timing, Timing, float | None]:
        """Until the first sound, until the last one, and the margin."""
        text = phones[_NUM_REFERENCE_PHONES:].tolist()
        style, noise = self._networks.blank_style(), self._decoder.noise(1)
        clocks = _Clocks()
        stream = self._decoder.stream(Passage(phones=text, style=style, noise=noise))
        tokens = iter(self._run(phones, num_tokens))
        firsts: list[Timing] = []
        margins: list[float] = []
        heard_ms, sizes = 0.0, chunk_sizes()
        is_last = False
        while not is_last:
            chunk = np.fromiter(islice(tokens, next(sizes)), np.int64)
            is_last = not chunk.size
            samples = stream.finish() if is_last else stream.push(chunk)
            now = clocks.passed()
            if firsts and samples.size:
                margins.append(heard_ms - (now.wall_ms - firsts[0].wall_ms))
            if samples.size:
                firsts.append(now)
            heard_ms += 1000 * samples.size / self._decoder.sample_rate
        return firsts[0], clocks.passed(), min(margins, default=None)

    def _run(self, phones: Ids, num_tokens: int) -> Iterator[int]:
        """So many tokens; random networks end sentences anywhere, which is not let happen."""
        prompt = self._tokens(_NUM_PROMPT_TOKENS)
        decoding = self._t2s.network.start(phones, None, prompt, max_tokens=num_tokens)
        logits, tokens, sampling = decoding.first_logits(), list(prompt), Sampling()
        for count in range(num_tokens):
            scores = penalised(logits[:-1], np.array(tokens), sampling.repetition_penalty)
            noise = self._rng.standard_exponential(scores.size, np.float32)
            tokens.append(draw(probabilities(scores, sampling), noise))
            yield tokens[-1]
            if count < num_tokens - 1:
                logits = decoding.feed(tokens[-1])

    def _phones(self, num_phones: int) -> Ids:
        return self._rng.integers(0, self._t2s.network.num_phones, num_phones)

    def _tokens(self, num_tokens: int) -> Ids:
        return self._rng.integers(0, self._t2s.network.vocabulary_size - 1, num_tokens)


def _timed(run: Callable[[], object]) -> Timing:
    run()
    timings = []
    for _ in range(_REPEATS):
        clocks = _Clocks()
        run()
        timings.append(clocks.passed())
    return _median(timings)


def _median(timings: Iterable[Timing]) -> Timing:
    every = list(timings)
    return Timing(
        wall_ms=median(timing.wall_ms for timing in every),
        cpu_ms=median(timing.cpu_ms for timing in every),
    )


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def _anonymous_mb() -> float:
    (line,) = re.findall(r"RssAnon:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) / 1024

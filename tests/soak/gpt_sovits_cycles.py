"""Speak, cancel, give memory back, over and over: nothing may grow, and the engine goes on.

`python -m tests.soak.gpt_sovits_cycles --cycles 1000`, with a model whose weights are
random: of long sentences it leaves out most, and must say so.
"""

import argparse
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

import numpy as np
import psutil
from numpy.typing import NDArray

from hub_agent.engines.engine import PersonalVoice, Prosody
from hub_agent.engines.gpt_sovits import GptSovitsEngine
from hub_agent.errors import EngineError
from hub_agent.text.segment import Segment
from tests.fakes.gpt_sovits_voice import ending_pack, engine_of, voice_data
from voices.voice import Voice, VoiceId

GRANDMA: Final = Voice(
    id=VoiceId("grandma"), name="Grandma", languages=("en-us",), engine="gpt_sovits"
)
WORDS: Final = ("dinner", "is", "ready", "come in", "the kettle", "on", "good morning", "tea")
MOST_WORDS: Final = 12
CANCELLED: Final = 0.5
"""So many are cancelled, after a random number of questions whether to go on."""
MOST_POLLS: Final = 60
RELOADED: Final = 0.02


@dataclass
class Course:
    """What was measured, by cycle."""

    outcomes: Counter[str] = field(default_factory=Counter)
    rss_bytes: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    stopping_s: list[float] = field(default_factory=list)


class Listener:
    """Has enough after `patience` questions."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.num_samples = 0
        self.had_enough_at: float | None = None

    def __call__(self, samples: NDArray[np.float32]) -> bool:
        self.num_samples += samples.size
        self.patience -= 1
        if self.patience > 0:
            return True
        self.had_enough_at = self.had_enough_at or time.perf_counter()
        return False


def run(cycles: int, *, seed: int = 1) -> Course:
    """So many utterances by one engine."""
    chance, course, process = random.Random(seed), Course(), psutil.Process()
    engine = engine_of(ending_pack())
    for _ in range(cycles):
        if chance.random() < RELOADED:
            engine.unload()
            course.outcomes["reloaded"] += 1
        course.outcomes[cycle(engine, chance, course)] += 1
        course.rss_bytes.append(process.memory_info().rss)
        course.descriptors.append(process.num_fds())
        course.threads.append(threading.active_count())
    return course


def cycle(engine: GptSovitsEngine, chance: random.Random, course: Course) -> str:
    """One utterance; how it ended."""
    words = chance.choices(WORDS, k=chance.randint(1, MOST_WORDS))
    segment = Segment(text=" ".join(words) + ".", index=0, language="en-us")
    is_cancelled = chance.random() < CANCELLED
    listener = Listener(chance.randint(1, MOST_POLLS) if is_cancelled else 1 << 30)
    voice: PersonalVoice = engine.personal_voice(voice_data(), GRANDMA)
    try:
        voice.speak(segment, Prosody(rate=chance.uniform(0.8, 1.3)), listener)
    except EngineError as error:
        return error.reason
    if listener.had_enough_at is not None:
        course.stopping_s.append(time.perf_counter() - listener.had_enough_at)
        return "cancelled"
    if not listener.num_samples:
        raise AssertionError("nothing was heard")
    return "spoken"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=1000)
    cycles = parser.parse_args().cycles
    course = run(cycles)
    print(f"cycles {cycles}: " + ", ".join(f"{n} {what}" for what, n in course.outcomes.items()))
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        at = max(0, round(cycles * share) - 1)
        print(f"  after {at + 1}: RSS {course.rss_bytes[at] / 2**20:.1f} MiB")
    print(f"  descriptors {course.descriptors[0]} -> {course.descriptors[-1]}")
    print(f"  threads {course.threads[0]} -> {course.threads[-1]}")
    if course.stopping_s:
        mean, most = fmean(course.stopping_s), max(course.stopping_s)
        print(f"  stopped within {1000 * mean:.1f} ms, {1000 * most:.0f} ms at most")


if __name__ == "__main__":
    main()

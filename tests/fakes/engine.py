"""An engine that says a sine for every word, scripted by its text."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hub_agent.engines.engine import Emit, Engine, Prosody
from hub_agent.engines.home import EngineHome
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import EngineError
from hub_agent.settings.engines import EngineSettings
from hub_agent.text.segment import Segment
from voices.voice import Voice, VoiceId

WORD_S = 0.2
CHUNK_S = 0.05


class FakeEngine:
    """Speaks 0.2 s per word. "silence" is silent, "crash" and "fail" raise, "stuck" waits for
    `unstick`.
    """

    name = "fake"
    sample_rate = 16_000
    look_ahead_ms = 0.0

    def __init__(self) -> None:
        self.said: list[str] = []
        self.loads = 0
        self.unloads = 0
        self.unstick = threading.Event()
        self.busy = threading.Lock()

    def load(self) -> None:
        self.loads += 1

    def unload(self) -> None:
        self.unloads += 1

    def voices(self) -> Sequence[Voice]:
        return (_voice("en"), _voice("de"))

    def variants(self, voice: Voice) -> Sequence[Voice]:
        return (voice,)

    def find_voice(self, wanted: str) -> Voice | None:
        return next((voice for voice in self.voices() if voice.id == wanted), None)

    def voice_for_language(self, language: str) -> Voice | None:
        return self.find_voice(language.partition("-")[0])

    def speak(self, segment: Segment, voice: Voice, prosody: Prosody, emit: Emit) -> None:
        del voice, prosody
        with self.busy:
            self.said.append(segment.text)
            for word in segment.text.split():
                if not self._say(word.strip(".,!?").lower(), emit):
                    return

    def _say(self, word: str, emit: Emit) -> bool:
        if word == "crash":
            raise ValueError("the engine broke")
        if word == "fail":
            raise EngineError("no", reason="engine_failed")
        if word == "stuck":
            self.unstick.wait(30)
        level = 0.0 if word == "silence" else 0.5
        times = np.arange(round(WORD_S * self.sample_rate)) / self.sample_rate
        samples = (level * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
        step = round(CHUNK_S * self.sample_rate)
        return all(emit(samples[i : i + step]) for i in range(0, samples.size, step))


def registry_of(*engines: Engine) -> EngineRegistry:
    """The installed engines and these."""
    registry = EngineRegistry(EngineHome(settings=EngineSettings(), data_dir=Path()))
    for engine in engines:
        registry.add(engine)
    return registry


def _voice(language: str) -> Voice:
    return Voice(id=VoiceId(language), name=language, languages=(language,), engine="fake")

"""Checks of what makes sound: the engine and the loudspeaker."""

import asyncio
import time
from pathlib import Path
from typing import Final

import numpy as np

from hub_agent.audio.stage import Samples
from hub_agent.cli.checkup import Check, failed, ok, warn
from hub_agent.clock import SystemClock
from hub_agent.engines.engine import Engine, Prosody
from hub_agent.engines.home import EngineHome
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.sinks import DeviceSinkSettings
from hub_agent.sinks.make import make_sink
from hub_agent.text.segment import Segment

TRIAL_TEXT: Final = "All is well."
AUDIBLE: Final = 0.01
DEVICE_RATE: Final = 48_000
NO_CARD: Final = "aplay -l; without a sound card: hub-agent say --out hello.wav hello"
MEND_AUDIO: Final = {
    "no_portaudio": "sudo apt-get install libportaudio2",
    "device_away": NO_CARD,
    "no_such_device": "hub-agent devices, then name one of them in the settings",
}


def check_engine(settings: CoreSettings, data_dir: Path) -> Check:
    """Whether the engine really makes sound, and how fast."""
    name = settings.speech.engine
    home = EngineHome(settings=settings.engines, data_dir=data_dir)
    try:
        engine = EngineRegistry(home).get(name)
        engine.load()
        if not engine.voices():
            return ok("engine", f"{name} speaks in family voices only")
        started = time.perf_counter()
        audio = speak_trial(engine)
        work_s = time.perf_counter() - started
    except HubAgentError as error:
        return failed("engine", str(error), error.hint or "hub-agent engines")
    if np.abs(audio).max(initial=0.0) < AUDIBLE:
        return failed("engine", f"{name} gives no sound", "hub-agent engines")
    speed = audio.size / engine.sample_rate / max(work_s, 1e-6)
    return ok("engine", f"{name} speaks {speed:.0f} times faster than real time")


def check_family_engines(settings: CoreSettings, data_dir: Path) -> Check:
    """Whether the engines can speak that the settings name for family voices."""
    names = settings.speech.family_engines
    registry = EngineRegistry(EngineHome(settings=settings.engines, data_dir=data_dir))
    problems: list[HubAgentError] = []
    for name in names:
        try:
            registry.get(name).load()
        except HubAgentError as error:
            problems.append(error)
    if not problems:
        return ok("family engines", ", ".join(names) or f"only {settings.speech.engine}")
    judge = failed if len(problems) == len(names) else warn
    return judge("family engines", str(problems[0]), problems[0].hint or "hub-agent engines")


def check_audio(settings: CoreSettings) -> Check:
    """Whether the loudspeakers that the settings name can be opened."""
    wanted = {
        (sink.device, room.sample_rate)
        for room in settings.rooms.values()
        for sink in room.sinks
        if isinstance(sink, DeviceSinkSettings)
    }
    if not wanted:
        return ok("audio", "no room uses a loudspeaker of this machine")
    try:
        for device in sorted(wanted):
            asyncio.run(try_device(*device))
    except HubAgentError as error:
        return failed("audio", str(error), MEND_AUDIO.get(error.reason) or error.hint or NO_CARD)
    return ok("audio", f"opened: {', '.join(sorted({name for name, _ in wanted}))}")


async def try_device(device: str = "default", sample_rate: int = DEVICE_RATE) -> None:
    """Open a loudspeaker and close it again. Raises `SinkError`."""
    settings = DeviceSinkSettings(type="device", device=device)
    async with make_sink(settings, sample_rate=sample_rate, clock=SystemClock()) as sink:
        await sink.begin("trial")
        await sink.cut(np.zeros(0, np.float32))


def speak_trial(engine: Engine, text: str = TRIAL_TEXT) -> Samples:
    """What the engine makes of a text: to be measured, not to be heard. Raises `EngineError`."""
    voice = engine.voice_for_language("en") or engine.voices()[0]
    chunks: list[Samples] = []

    def take(samples: Samples) -> bool:
        chunks.append(samples)
        return True

    segment = Segment(text=text, index=0, language=voice.language)
    engine.speak(segment, voice, Prosody(), take)
    return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)

"""Plays through a `DeviceSink` in a process of its own: PortAudio reads its environment once.

Usage: python -m tests.fakes.device_player SCENARIO [DEVICE]. Prints one JSON object per event;
waits for a line on standard input where the scenario says so.
"""

import asyncio
import json
import resource
import sys
import time

import numpy as np
import structlog

from hub_agent.audio.stage import Samples
from hub_agent.clock import SystemClock
from hub_agent.errors import SinkError
from hub_agent.sinks.device import DeviceSink
from hub_agent.sinks.portaudio import list_devices

RATE = 48_000
BLOCK = RATE // 50
FREQUENCY_HZ = 440.0
LEVEL = 0.25


def sine(start: int, num_samples: int) -> Samples:
    """A piece of an endless sine."""
    phase = 2 * np.pi * FREQUENCY_HZ * np.arange(start, start + num_samples) / RATE
    return (LEVEL * np.sin(phase)).astype(np.float32)


def say(event: str, **values: float | str | None) -> None:
    """One line for the test."""
    print(json.dumps({"event": event, "at": time.monotonic(), **values}), flush=True)


async def hear(word: str) -> None:
    """Wait for a line from the test."""
    line = await asyncio.to_thread(sys.stdin.readline)
    assert line.strip() == word


async def play(sink: DeviceSink, seconds: float) -> None:
    """Write a sine of that length, from its zero crossing on."""
    for start in range(0, round(seconds * RATE), BLOCK):
        await sink.write(sine(start, BLOCK))


async def speak(sink: DeviceSink) -> None:
    """One utterance of a second, from begin to finish."""
    await sink.begin("first")
    say("begun")
    await play(sink, 1.0)
    await sink.finish()
    say("finished", underruns=sink.underruns, unplayed=sink.unplayed())


async def cut(sink: DeviceSink) -> None:
    """An utterance that is cut in the middle, and another after it."""
    await sink.begin("first")
    await play(sink, 1.0)
    say("cutting", unplayed=sink.unplayed())
    unheard = await sink.cut(sine(RATE, BLOCK))
    say("cut", unheard=unheard, underruns=sink.underruns)
    await hear("again")
    await speak(sink)


async def starve(sink: DeviceSink) -> None:
    """An engine too slow for its loudspeaker."""
    await sink.begin("first")
    await play(sink, 0.3)
    await asyncio.sleep(0.5)
    await play(sink, 0.3)
    await sink.finish()
    say("finished", underruns=sink.underruns)


async def unplug(sink: DeviceSink) -> None:
    """Play until the loudspeaker is gone, then again when the test says so."""
    await sink.begin("first")
    say("begun")
    try:
        await play(sink, 60.0)
    except SinkError as error:
        say("lost", reason=error.reason, hint=error.hint)
    try:
        await sink.begin("second")
    except SinkError as error:
        say("away", reason=error.reason, hint=error.hint)
    await hear("again")
    deadline = time.monotonic() + 8.0
    while True:
        try:
            await speak(sink)
        except SinkError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        else:
            return


async def idle(sink: DeviceSink) -> None:
    """Two utterances with a pause in which the stream closes."""
    await speak(sink)
    await hear("again")
    started = time.monotonic()
    await sink.begin("second")
    say("reopened", took_s=time.monotonic() - started)
    await sink.write(sine(0, BLOCK))
    await sink.finish()


async def cost(sink: DeviceSink) -> None:
    """How much processor time an open stream takes."""
    await sink.begin("first")
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    await play(sink, 3.0)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say("cost", share=used / (time.monotonic() - started))
    await sink.cut(sine(0, 0))


async def refused(sink: DeviceSink) -> None:
    """A device that cannot be had."""
    try:
        await sink.begin("first")
    except SinkError as error:
        say("refused", reason=error.reason, hint=error.hint)


SCENARIOS = {run.__name__: run for run in (speak, cut, starve, unplug, idle, cost, refused)}


async def main(scenario: str, device: str = "default") -> None:
    """Run one scenario."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if scenario == "devices":
        for found in list_devices():
            say("device", name=found.name, channels=found.channels, default=found.is_default)
        return
    async with DeviceSink(
        device=device, sample_rate=RATE, clock=SystemClock(), idle_close_s=0.3
    ) as sink:
        await SCENARIOS[scenario](sink)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

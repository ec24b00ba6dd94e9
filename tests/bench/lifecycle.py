"""Start to ready, idle processor time, memory idle and speaking."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.latency import MeasurementError, speaking_agent, time_to_sound
from tests.bench.rig.agent import AgentProcess, agent_settings
from tests.bench.rig.broker import Broker
from tests.bench.rig.bus import Bus
from tests.bench.texts import one_sentence

_ONLINE_TIMEOUT_S = 20.0
_SETTLE_S = 2.0
_SAMPLE_EVERY_S = 0.1
_SPOKEN_S = 8.0
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of the agent: seconds from the start of its process."""

    ready_s: float
    online_s: float
    first_announcement_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a process holds, in MiB."""

    rss_mib: float
    uss_mib: float
    pss_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """What the agent costs while nobody asks anything of it."""

    cpu_percent: float
    wakeups_per_s: float
    seconds: float
    threads: int
    memory: Memory
    memory_speaking: Memory


def measure_start(folder: Path, broker: Broker) -> Start:
    """Start the agent once, with a first announcement as soon as it is ready."""
    with Bus(broker.port) as watcher, speaking_agent(folder, broker) as stage:
        online = watcher.wait_state("availability", _is_online, _ONLINE_TIMEOUT_S)
        if online is None:
            raise MeasurementError("the agent did not come online")
        first, _ = time_to_sound(stage, one_sentence(20))
        return Start(
            ready_s=stage.agent.start_to_ready_s,
            online_s=online - stage.agent.started_at,
            first_announcement_s=first,
        )


def measure_idle(folder: Path, broker: Broker, seconds: float) -> Idle:
    """A connected agent that has spoken once: first silent for `seconds`, then speaking."""
    with speaking_agent(folder, broker) as stage:
        time_to_sound(stage, one_sentence(20))
        time.sleep(_SETTLE_S)
        process = stage.agent.process
        before, switches, began = cpu_s(process), _wakeups(process), time.monotonic()
        time.sleep(seconds)
        elapsed = time.monotonic() - began
        idle_cpu, idle_wakeups = cpu_s(process) - before, _wakeups(process) - switches
        memory = memory_of(process)
        return Idle(
            cpu_percent=100 * idle_cpu / elapsed,
            wakeups_per_s=idle_wakeups / elapsed,
            seconds=elapsed,
            threads=process.num_threads(),
            memory=memory,
            memory_speaking=_peak_memory(process, lambda: _speak_a_while(stage.bus)),
        )


def memory_of(process: psutil.Process) -> Memory:
    """What the process holds now."""
    info = process.memory_full_info()
    return Memory(
        rss_mib=info.rss / _MIB, uss_mib=info.uss / _MIB, pss_mib=getattr(info, "pss", 0) / _MIB
    )


def null_room_agent(
    folder: Path, broker: Broker, *, queue_size: int, paced: bool = False
) -> AgentProcess:
    """An agent with one room in which nothing is heard."""
    rooms = {"bench": {"sinks": [{"type": "null", "paced": paced}]}}
    settings = agent_settings(folder, broker.port, rooms, queue={"size": queue_size})
    return AgentProcess(folder, settings)


def cpu_s(process: psutil.Process) -> float:
    """Processor seconds the process has used so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _wakeups(process: psutil.Process) -> int:
    """Voluntary context switches of all threads so far: each is one wake-up."""
    total = 0
    for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def _is_online(payload: bytes) -> bool:
    return payload == b"online"


def _speak_a_while(bus: Bus) -> None:
    announcement_id, _ = bus.speak(one_sentence(200))
    bus.wait_terminal(announcement_id, _SPOKEN_S)
    bus.stop()
    bus.wait_terminal(announcement_id)


def _peak_memory(process: psutil.Process, work: Callable[[], None]) -> Memory:
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    samples = [memory_of(process)]
    while worker.is_alive():
        samples.append(memory_of(process))
        worker.join(_SAMPLE_EVERY_S)
    return max(samples, key=lambda each: each.rss_mib)

"""How cost grows: with the text, with the queue, with the number of announcements."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.latency import MeasurementError
from tests.bench.lifecycle import cpu_s, null_room_agent
from tests.bench.rig.agent import AgentProcess
from tests.bench.rig.broker import Broker
from tests.bench.rig.bus import Bus
from tests.bench.texts import one_sentence, short_words

TEXT_WORDS = (10, 20, 50, 100, 200, 500, 1000, 2000)
QUEUE_DEPTHS = (0, 30, 100, 300, 600, 980)
_QUEUE_PLACES = 1000
_SUBMISSIONS_A_DEPTH = 18
_ONLINE_TIMEOUT_S = 20.0
_EVENT_TIMEOUT_S = 20.0
_BATCH_TIMEOUT_S = 240.0
_WORDS_A_POINT = 1000
_SHORTEST_REPEATS = 2
_CALM_LOOK_S = 0.5
_CALM_SHARE = 0.1
_CALM_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Announcements through the queue with nothing to wait for at the end."""

    announcements: int
    per_second: float
    cpu_ms_each: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCost:
    """What one announcement of that many words costs."""

    words: int
    repeats: int
    cpu_ms_per_word: float
    wall_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCost:
    """How long submitting takes (publish → `queued` event) with that many already waiting."""

    waiting: int
    submit_ms: list[float]


def measure_throughput(folder: Path, broker: Broker, *, count: int, repeats: int) -> Throughput:
    """Send `count` two-word announcements at once and wait for all results."""
    with (
        Bus(broker.port) as bus,
        null_room_agent(folder, broker, queue_size=_QUEUE_PLACES) as agent,
    ):
        _wait_online(bus, agent)
        _send_and_wait(bus, one_sentence(2), count=5)
        cpu_before = cpu_s(agent.process)
        rates = [count / _send_and_wait(bus, one_sentence(2), count=count) for _ in range(repeats)]
        spent = cpu_s(agent.process) - cpu_before
        return Throughput(
            announcements=count,
            per_second=median(rates),
            cpu_ms_each=1000 * spent / (count * repeats),
        )


def measure_text_cost(
    folder: Path, broker: Broker, *, lengths: Sequence[int], advance: Callable[[], None]
) -> list[TextCost]:
    """Speak texts of growing length into nothing; short ones often, so that clocks can tell."""
    with (
        Bus(broker.port) as bus,
        null_room_agent(folder, broker, queue_size=_QUEUE_PLACES) as agent,
    ):
        _wait_online(bus, agent)
        _send_and_wait(bus, short_words(100), count=2)
        costs = []
        for words in lengths:
            costs.append(_text_cost(bus, agent, words))
            advance()
        return costs


def measure_queue_cost(
    folder: Path, broker: Broker, *, advance: Callable[[], None]
) -> list[SubmitCost]:
    """Fill the queue behind a long announcement and time submissions at every depth."""
    with (
        Bus(broker.port) as bus,
        null_room_agent(folder, broker, queue_size=_QUEUE_PLACES, paced=True) as agent,
    ):
        _wait_online(bus, agent)
        blocker, _ = bus.speak(short_words(2000), qos=1, priority="critical")
        if bus.wait_event(blocker, "started", _EVENT_TIMEOUT_S) is None:
            raise MeasurementError(f"the blocking announcement did not start:\n{agent.log_tail()}")
        _wait_calm(agent)
        costs, waiting = [], 0
        for depth in QUEUE_DEPTHS:
            waiting += _fill(bus, depth - waiting)
            costs.append(_submit_cost(bus, waiting))
            waiting += _SUBMISSIONS_A_DEPTH
            advance()
        bus.stop()
        return costs


def _text_cost(bus: Bus, agent: AgentProcess, words: int) -> TextCost:
    repeats = max(_SHORTEST_REPEATS, _WORDS_A_POINT // words)
    before = cpu_s(agent.process)
    walls = [_send_and_wait(bus, short_words(words), count=1) for _ in range(repeats)]
    spent = cpu_s(agent.process) - before
    return TextCost(
        words=words,
        repeats=repeats,
        cpu_ms_per_word=1000 * spent / (repeats * words),
        wall_ms=1000 * median(walls),
    )


def _fill(bus: Bus, count: int) -> int:
    ids = [bus.speak(one_sentence(2), qos=1)[0] for _ in range(max(0, count))]
    for each in ids:
        if bus.wait_event(each, "queued", _EVENT_TIMEOUT_S) is None:
            raise MeasurementError("the queue did not take an announcement")
    return len(ids)


def _submit_cost(bus: Bus, waiting: int) -> SubmitCost:
    times = []
    for _ in range(_SUBMISSIONS_A_DEPTH):
        announcement_id, sent = bus.speak(one_sentence(2))
        queued = bus.wait_event(announcement_id, "queued", _EVENT_TIMEOUT_S)
        if queued is None:
            raise MeasurementError("the queue did not take an announcement")
        times.append(1000 * (queued - sent))
    return SubmitCost(waiting=waiting, submit_ms=times)


def _send_and_wait(bus: Bus, text: str, *, count: int) -> float:
    """Seconds from the first publish to the last result; every result must be `spoken`."""
    began = time.monotonic()
    ids = [bus.speak(text, qos=1)[0] for _ in range(count)]
    if not bus.wait_all(ids, _BATCH_TIMEOUT_S):
        raise MeasurementError("an announcement got no result")
    took = time.monotonic() - began
    outcomes = {(bus.terminal(each) or {}).get("outcome") for each in ids}
    if outcomes != {"spoken"}:
        raise MeasurementError(f"announcements ended as {sorted(map(str, outcomes))}")
    return took


def _wait_calm(agent: AgentProcess) -> None:
    """Wait until the agent has synthesised as far ahead as it does, and only plays."""
    deadline = time.monotonic() + _CALM_TIMEOUT_S
    while time.monotonic() < deadline:
        before = cpu_s(agent.process)
        time.sleep(_CALM_LOOK_S)
        if cpu_s(agent.process) - before < _CALM_SHARE * _CALM_LOOK_S:
            return


def _wait_online(bus: Bus, agent: AgentProcess) -> None:
    online = bus.wait_state("availability", lambda state: state == b"online", _ONLINE_TIMEOUT_S)
    if online is None:
        raise MeasurementError(f"the agent is not online:\n{agent.log_tail()}")

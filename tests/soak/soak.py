"""One soak run: broker, tap, agent and clients, the sending, and the collecting of evidence."""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.mqtt.intake import REMEMBERED_MESSAGES
from tests.bench.rig.agent import BASE_TOPIC, AgentDiedError, AgentProcess, agent_settings
from tests.bench.rig.broker import PERSISTENT, Broker
from tests.bench.rig.bus import Bus
from tests.bench.rig.ports import wait_until_listens
from tests.soak.account import read_log, results_by_metrics
from tests.soak.evidence import AgentAccount, Evidence, Memory, Wire
from tests.soak.executioner import Executioner
from tests.soak.observer import Observer
from tests.soak.orders import PACED_ROOM, ROOMS, Kind, Order, ids_of
from tests.soak.publisher import Publisher
from tests.soak.resources import Sample, Watcher
from tests.soak.tap import Tap

_READY_TIMEOUT_S = 30.0
_SETTLE_TIMEOUT_S = 90.0
_MOST_OPEN = 150
_QUIESCE_S = 4.0
"""Longer than the agent waits between two health reports."""
_BURST = 12
_SLOW_TIMEOUT_S = 10.0
_POLL_S = 0.02
_FILL_BATCH = 4096
_PROBES = ("warm-", "probe-")
_ANSWERED = (Kind.SPEAK, Kind.INVALID, Kind.PLAIN, Kind.BROKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to do."""

    orders: list[Order]
    prefix: str
    seed: int
    kill_every_s: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everything that takes part in a run."""

    broker: Broker
    tap: Tap
    observer: Observer
    agent: AgentProcess
    publisher: Publisher
    watcher: Watcher


def soak(plan: Plan, folder: Path, advance: Callable[[], None]) -> Evidence:
    """Send every order while the broker dies, wait until all is quiet, collect the evidence."""
    with _crew(plan, folder) as crew:
        _fill_memories(crew)
        _probe_rooms(crew, "warm")
        before = _idle_sample(crew.watcher)
        with (
            crew.watcher,
            Executioner(crew.broker, crew.tap, plan.kill_every_s, plan.seed) as executioner,
        ):
            _send_all(crew, plan, advance)
        if executioner.failure:
            raise RuntimeError(executioner.failure)
        crew.publisher.make_safe(_SETTLE_TIMEOUT_S)
        _wait_until_quiet(crew, plan)
        probes = _probe_rooms(crew, "probe")
        memory = Memory(
            before=before,
            after=_idle_sample(crew.watcher),
            growth_mib=crew.watcher.growth_mib(),
            course_mib=crew.watcher.course_mib(),
        )
        return _evidence(crew, plan, memory, probes, tuple(executioner.kills))


@contextmanager
def _crew(plan: Plan, folder: Path) -> Iterator[Crew]:
    with (
        Broker(folder / "broker", PERSISTENT) as broker,
        Tap(broker.port, BASE_TOPIC) as tap,
        Observer(broker.port, BASE_TOPIC) as observer,
        AgentProcess(folder / "agent", _settings(folder / "agent", tap.port)) as agent,
        Publisher(broker.port, BASE_TOPIC, plan.orders) as publisher,
    ):
        listens = wait_until_listens(agent.web_port, _READY_TIMEOUT_S)
        if not listens or not observer.wait_health(bool, _READY_TIMEOUT_S):
            raise RuntimeError(
                f"the agent has no web page or sends no health report:\n{agent.log_tail()}"
            )
        yield Crew(
            broker=broker,
            tap=tap,
            observer=observer,
            agent=agent,
            publisher=publisher,
            watcher=Watcher(agent.process),
        )


def _settings(folder: Path, broker_port: int) -> dict[str, Any]:
    rooms = {
        room: {"sinks": [{"type": "null", "paced": room == PACED_ROOM}], "sample_rate": 22_050}
        for room in ROOMS
    }
    settings = agent_settings(folder, broker_port, rooms)
    settings["mqtt"]["reconnect"] = {"min_s": 0.2, "max_s": 0.4}
    return settings


def _fill_memories(crew: Crew) -> None:
    """Let the agent remember as many messages as it ever will: what grows afterwards, leaks."""
    with Bus(crew.broker.port) as bus:
        for start in range(0, REMEMBERED_MESSAGES + _FILL_BATCH, _FILL_BATCH):
            for number in range(start, start + _FILL_BATCH):
                bus.publish_soon(f"{BASE_TOPIC}/stop", json.dumps({"id": f"{number}"}).encode())
            marker, _ = bus.speak("Ah.", id=f"warm-{start}", qos=1)
            if bus.wait_terminal(marker) is None:
                raise AgentDiedError(f"the agent does not answer:\n{crew.agent.log_tail()}")


def _send_all(crew: Crew, plan: Plan, advance: Callable[[], None]) -> None:
    """Send in bursts, at the planned rate in the long run, never with too many open."""
    rng = random.Random(plan.seed)
    began, number, expected = time.monotonic(), 0, 0
    while number < len(plan.orders) and crew.agent.alive():
        for order in plan.orders[number : number + rng.randint(1, _BURST)]:
            crew.publisher.send(number)
            number += 1
            expected += order.kind in _ANSWERED
            advance()
        time.sleep(max(0.0, began + number / plan.rate - time.monotonic()))
        _wait_for_answers(crew, expected - _MOST_OPEN)


def _wait_for_answers(crew: Crew, least: int) -> None:
    deadline = time.monotonic() + _SLOW_TIMEOUT_S
    while len(crew.observer.results) < least and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _wait_until_quiet(crew: Crew, plan: Plan) -> None:
    """Wait until every id has its result at the subscriber, or nothing more comes."""
    wanted = set(ids_of(plan.orders))
    deadline = time.monotonic() + _SETTLE_TIMEOUT_S
    while time.monotonic() < deadline and not wanted <= crew.observer.results.keys():
        if not _waiting(crew) and _stands_still(crew):
            return
        time.sleep(_POLL_S)


def _stands_still(crew: Crew) -> bool:
    before = len(crew.observer.results)
    time.sleep(_QUIESCE_S)
    return len(crew.observer.results) == before


def _waiting(crew: Crew) -> dict[str, int]:
    """Announcements that wait, by room, in the last health report."""
    rooms = crew.observer.health.get("rooms", {})
    return {room: int(report.get("waiting", 0)) for room, report in rooms.items()}


def _idle_sample(watcher: Watcher) -> Sample:
    time.sleep(_QUIESCE_S)
    return watcher.look()


def _probe_rooms(crew: Crew, name: str) -> dict[str, float | None]:
    """Seconds until a short announcement was spoken in each room; None if it was not."""
    return {room: _probe(crew, f"{name}-{room}", room) for room in ROOMS}


def _probe(crew: Crew, probe_id: str, room: str) -> float | None:
    fields = {"id": probe_id, "text": "Ah.", "targets": [room]}
    began = time.monotonic()
    crew.publisher.send_extra("speak", json.dumps(fields).encode())
    outcome = crew.observer.wait_result(probe_id, _SLOW_TIMEOUT_S)
    return time.monotonic() - began if outcome == "spoken" else None


def _evidence(
    crew: Crew,
    plan: Plan,
    memory: Memory,
    probes: dict[str, float | None],
    kills: tuple[float, ...],
) -> Evidence:
    ids = frozenset(ids_of(plan.orders))
    counts, orders = crew.publisher.counts, plan.orders
    return Evidence(
        ids=ids,
        acknowledged=ids & {str(orders[number].id) for number in counts.acknowledged},
        unsafe=crew.publisher.unsafe(),
        sent_again={str(orders[number].id): n for number, n in counts.sent_again.items()},
        orders_without_id=sum(order.kind in (Kind.PLAIN, Kind.BROKEN) for order in orders),
        wire=_wire(crew.tap),
        agent=_account(crew, probes),
        observed={each: dict(told) for each, told in crew.observer.results.items()},
        memory=memory,
        kills=kills,
        prefix=plan.prefix,
    )


def _wire(tap: Tap) -> Wire:
    return Wire(
        connections=tap.log.connections,
        delivered=dict(tap.log.delivered),
        taken=frozenset(tap.log.taken),
        delivered_without_id=dict(tap.log.delivered_without_id),
        repeated_by_broker=tap.log.repeated_by_broker,
        results_acknowledged=dict(tap.log.results_acknowledged),
    )


def _account(crew: Crew, probes: dict[str, float | None]) -> AgentAccount:
    """The agent's own account; results of the probes are taken out again."""
    log = read_log(crew.agent.log_entries())
    metrics = results_by_metrics(crew.agent.web_port)
    for each in [each for each in log.results if each.startswith(_PROBES)]:
        for outcome, count in log.results.pop(each).items():
            metrics[outcome] = metrics.get(outcome, 0) - count
    health = crew.observer.health
    return AgentAccount(
        alive=crew.agent.alive(),
        results={each: dict(outcomes) for each, outcomes in log.results.items()},
        duplicates=log.duplicates,
        metrics=metrics,
        troubles=tuple(log.troubles),
        waiting=_waiting(crew),
        open_announcements=int(health.get("open_announcements", 0)),
        events_dropped=int(health.get("mqtt", {}).get("events_dropped", 0)),
        probes=probes,
    )

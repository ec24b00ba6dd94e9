"""From publishing an announcement to its first audible sample at a TCP sink, beside the peer."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.peer import Peer
from tests.bench.rig.agent import AgentProcess, agent_settings
from tests.bench.rig.broker import Broker
from tests.bench.rig.bus import Bus
from tests.bench.rig.ports import HOST
from tests.bench.rig.receiver import PcmReceiver
from tests.bench.texts import one_sentence, several_sentences

_FIRST_AUDIO_TIMEOUT_S = 30.0
_QUIET_S = 0.12
_SEED = 7
WARM_UP_ROUNDS = 3


class MeasurementError(RuntimeError):
    """The agent did something that makes the numbers meaningless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A text of a given length and shape."""

    name: str
    words: int
    text: str = field(repr=False)


ONE_SENTENCE = tuple(
    Case(name=f"{words} words", words=words, text=one_sentence(words)) for words in (2, 20, 60, 200)
)
SEVERAL_SENTENCES = tuple(
    Case(name=f"{words} words, sentences of 12", words=words, text=several_sentences(words))
    for words in (60, 200)
)
CASES = ONE_SENTENCE + SEVERAL_SENTENCES


@dataclass(slots=True, kw_only=True)
class CaseTimes:
    """What one case took: seconds to the first audible sample, ours and the peer's."""

    ours_s: list[float] = field(default_factory=list)
    agent_ttfa_s: list[float] = field(default_factory=list)
    pairs_s: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running agent with a TCP sink of ours at its end."""

    bus: Bus
    receiver: PcmReceiver
    agent: AgentProcess


@contextmanager
def speaking_agent(
    folder: Path, broker: Broker, more: Mapping[str, Any] | None = None
) -> Iterator[Stage]:
    """An agent with one room whose only sink is a TCP connection to the bench.

    `more` are further sections of its settings.
    """
    with ExitStack() as stack:
        receiver = stack.enter_context(PcmReceiver())
        bus = stack.enter_context(Bus(broker.port))
        sink = {"type": "tcp", "host": HOST, "port": receiver.port}
        settings = agent_settings(folder, broker.port, {"bench": {"sinks": [sink]}})
        settings |= more or {}
        agent = stack.enter_context(AgentProcess(folder, settings))
        if bus.wait_state("availability", lambda state: state == b"online", 20.0) is None:
            raise MeasurementError(f"the agent is not online:\n{agent.log_tail()}")
        yield Stage(bus=bus, receiver=receiver, agent=agent)


def time_to_sound(stage: Stage, text: str) -> tuple[float, dict[str, Any]]:
    """Seconds from just before publishing to the first audible sample, and the event that ended it.

    Starts when the sink has been quiet for a while and ends when the announcement has ended, so
    that two never overlap.
    """
    if not stage.receiver.wait_quiet(_QUIET_S, 10.0):
        raise MeasurementError("the sink does not get quiet between announcements")
    stage.receiver.arm()
    announcement_id, sent = stage.bus.speak(text)
    first = stage.receiver.first_audible(_FIRST_AUDIO_TIMEOUT_S)
    stage.bus.stop()
    terminal = stage.bus.wait_terminal(announcement_id)
    if first is None or terminal is None:
        raise MeasurementError(f"an announcement was not heard:\n{stage.agent.log_tail()}")
    return first - sent, terminal


def measure_latency(
    stage: Stage,
    peer: Peer | None,
    *,
    rounds: int,
    peer_every: int,
    advance: Callable[[], None],
) -> dict[str, CaseTimes]:
    """Measure every case once a round in random order; every `peer_every` rounds the peer as well,
    right before or after ours, so that a slow spell of the machine hits both of a pair.
    """
    rng = random.Random(_SEED)
    times = {case.name: CaseTimes() for case in CASES}
    for number in range(-WARM_UP_ROUNDS, rounds):
        partner = peer if number >= 0 and number % peer_every == 0 else None
        for case in rng.sample(CASES, k=len(CASES)):
            scratch = times[case.name] if number >= 0 else CaseTimes()
            _measure_case(stage, partner, case, scratch, peer_first=rng.random() < 0.5)
        advance()
    return times


def _measure_case(
    stage: Stage, peer: Peer | None, case: Case, times: CaseTimes, *, peer_first: bool
) -> None:
    theirs = peer.first_audible_s(case.text) if peer and peer_first else None
    ours, terminal = time_to_sound(stage, case.text)
    if peer and theirs is None:
        theirs = peer.first_audible_s(case.text)
    times.ours_s.append(ours)
    if terminal.get("ttfa_ms") is not None:
        times.agent_ttfa_s.append(float(terminal["ttfa_ms"]) / 1000)
    if theirs is not None:
        times.pairs_s.append((theirs, ours))

"""`python -m tests.bench.fuzz_topics`: nonsense on every input topic of a running agent.

Afterwards the agent must live, speak, hold no more memory than before, and have refused what it
refused with typed reasons.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.bench.console import wide_console
from tests.bench.finding import Finding, findings_table
from tests.bench.payloads import draw_payload
from tests.bench.rig.agent import BASE_TOPIC, AgentDiedError, AgentProcess, agent_settings
from tests.bench.rig.broker import Broker
from tests.bench.rig.bus import Bus
from tests.soak.account import LogAccount, read_log

_WALLPANEL = "wallpanel/hub_agent/command"
_TOPICS = (f"{BASE_TOPIC}/speak", f"{BASE_TOPIC}/stop", "hermes/tts/say", _WALLPANEL)
_WEIGHTS = (55, 5, 20, 20)
_BATCH = 250
_BATCH_TIMEOUT_S = 60.0
_SPOKEN_TIMEOUT_S = 20.0
_ONLINE_TIMEOUT_S = 20.0
_MEMORY_LIMIT_MIB = 30.0
_WARM_UP = 5_000
_REASON = re.compile(r"[a-z][a-z_0-9]{0,40}")
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What came of it."""

    sent: int
    seconds: float
    growth_mib: float
    alive: bool
    spoken_s: float | None
    log: LogAccount
    reasons: Counter[str]


def flood(count: int, seed: int, folder: Path, advance: Callable[[int], None]) -> Flood:
    """Send `count` payloads in batches, each as soon as the agent has dealt with the last."""
    rng = random.Random(seed)
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(folder / "broker"))
        bus = stack.enter_context(Bus(broker.port))
        agent = stack.enter_context(AgentProcess(folder / "agent", _settings(folder, broker.port)))
        if (
            bus.wait_state("availability", lambda state: state == b"online", _ONLINE_TIMEOUT_S)
            is None
        ):
            raise AgentDiedError(f"the agent is not online:\n{agent.log_tail()}")
        began, settled_mib = time.monotonic(), 0.0
        for start in range(0, count, _BATCH):
            size = min(_BATCH, count - start)
            _send_batch(bus, rng, size)
            advance(size)
            if start <= _WARM_UP:
                settled_mib = _rss_mib(agent)
        took, growth_mib = time.monotonic() - began, _rss_mib(agent) - settled_mib
        spoken_s = _speak_once(bus)
        entries = list(agent.log_entries())
        return Flood(
            sent=count,
            seconds=took,
            growth_mib=growth_mib,
            alive=agent.alive(),
            spoken_s=spoken_s,
            log=read_log(entries),
            reasons=_reasons(entries),
        )


def judge(result: Flood) -> list[Finding]:
    """Every check with its finding."""
    untyped = [reason for reason in result.reasons if not _REASON.fullmatch(reason)]
    spoken = "not spoken" if result.spoken_s is None else f"spoken in {result.spoken_s:.2f} s"
    troubles = result.log.troubles
    return [
        Finding(check="the agent lives", passed=result.alive, detail=""),
        Finding(
            check="no unhandled exception",
            passed=not troubles,
            detail=f"{len(troubles)}" + (f": {troubles[0]}" if troubles else ""),
        ),
        Finding(
            check=f"memory grew less than {_MEMORY_LIMIT_MIB:g} MiB",
            passed=result.growth_mib < _MEMORY_LIMIT_MIB,
            detail=f"{result.growth_mib:+.1f} MiB",
        ),
        Finding(
            check="every refusal has a typed reason",
            passed=bool(result.reasons) and not untyped,
            detail=f"{len(result.reasons)} reasons",
        ),
        Finding(
            check="a normal announcement is spoken",
            passed=result.spoken_s is not None,
            detail=spoken,
        ),
    ]


def main() -> None:
    """Flood an agent and exit with 1 when any check failed."""
    arguments = _arguments()
    console = wide_console()
    with (
        tempfile.TemporaryDirectory(prefix="hub-agent-fuzz-") as temporary,
        Progress(console=console) as progress,
    ):
        task = progress.add_task("payloads", total=arguments.count)
        result = flood(
            arguments.count,
            arguments.seed,
            Path(temporary),
            lambda size: progress.advance(task, size),
        )
    findings = judge(result)
    _print(console, result, findings)
    sys.exit(0 if all(finding.passed for finding in findings) else 1)


def _settings(folder: Path, broker_port: int) -> dict[str, Any]:
    rooms = {"bench": {"sinks": [{"type": "null"}], "sample_rate": 22_050}}
    settings = agent_settings(folder / "agent", broker_port, rooms)
    settings["mqtt"] |= {
        "hermes": {"enabled": True},
        "wallpanel": {"enabled": True, "topic": _WALLPANEL},
    }
    return settings


def _send_batch(bus: Bus, rng: random.Random, size: int) -> None:
    """Send nonsense, then a marker; its result says that all before it was dealt with."""
    for _ in range(size):
        topic = rng.choices(_TOPICS, weights=_WEIGHTS)[0]
        bus.publish_soon(topic, draw_payload(rng), qos=rng.randrange(2))
    marker, _ = bus.speak("Yes.", qos=1, targets=["no-such-room"])
    if bus.wait_terminal(marker, _BATCH_TIMEOUT_S) is None:
        raise AgentDiedError("the agent does not answer any more")
    bus.forget_events()


def _speak_once(bus: Bus) -> float | None:
    """Seconds until a normal announcement was spoken, after everything was silenced."""
    bus.stop("all")
    began = time.monotonic()
    announcement_id, _ = bus.speak("All is well.", qos=1, priority="critical")
    terminal = bus.wait_terminal(announcement_id, _SPOKEN_TIMEOUT_S) or {}
    return time.monotonic() - began if terminal.get("outcome") == "spoken" else None


def _reasons(entries: list[dict[str, Any]]) -> Counter[str]:
    """Why announcements were not spoken, by the agent's log."""
    return Counter(
        str(entry.get("reason"))
        for entry in entries
        if entry.get("event") == "announcement finished" and entry.get("outcome") == "rejected"
    )


def _rss_mib(agent: AgentProcess) -> float:
    return float(agent.process.memory_info().rss) / _MIB


def _print(console: Console, result: Flood, findings: list[Finding]) -> None:
    console.print(
        f"{result.sent} payloads in {result.seconds:.0f} s, "
        f"{result.sent / result.seconds:.0f} a second"
    )
    reasons = Table("reason", "times", title="Refused", title_justify="left")
    for reason, times in result.reasons.most_common():
        reasons.add_row(reason, str(times))
    console.print(reasons)
    console.print(findings_table(findings))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fuzz_topics", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="payloads")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn from")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Everything one run measured, and what was asked of it."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figures import Ratio, Summary, paired_ratio, summarise
from tests.bench.growth import SubmitCost, TextCost, Throughput
from tests.bench.latency import CASES, CaseTimes
from tests.bench.lifecycle import Idle, Memory, Start

JSON_NAME = "bench.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFacts:
    """Which peer was measured, and how."""

    versions: dict[str, str]
    dialogue: str
    voice: str
    memory: Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """The samples of one run; everything else is computed from them."""

    machine: dict[str, object]
    latency: dict[str, CaseTimes]
    starts: list[Start]
    idle: Idle
    throughput: Throughput
    text_cost: list[TextCost]
    submit_cost: list[SubmitCost]
    peer: PeerFacts | None = None
    peer_missing: str | None = None

    def ours(self, case: str) -> Summary:
        """Publish → first audible sample, in seconds."""
        return summarise(self.latency[case].ours_s)

    def theirs(self, case: str) -> Summary | None:
        """Request → first audible sample at the peer, in seconds."""
        pairs = self.latency[case].pairs_s
        return summarise([their for their, _ in pairs]) if pairs else None

    def ratio(self, case: str) -> Ratio | None:
        """How many times later the peer is heard."""
        pairs = self.latency[case].pairs_s
        if not pairs:
            return None
        return paired_ratio([their for their, _ in pairs], [our for _, our in pairs])

    def long_to_short(self) -> Ratio:
        """How much longer 200 words take than 2, round by round."""
        return paired_ratio(self.latency["200 words"].ours_s, self.latency["2 words"].ours_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing asked for and what came out; `met` is None when it was not measured."""

    name: str
    wanted: str
    measured: str
    met: bool | None = field(default=None)


def judge(result: BenchResult) -> list[Target]:
    """Compare the run with its targets."""
    return [
        _peer_target(result),
        _at_most("200 words against 2", result.long_to_short().median, 1.5, "×"),
        _at_most("first sound, p50 of the slowest text", _slowest(result, "p50"), 30.0, "ms"),
        _at_most("first sound, p99 of the slowest text", _slowest(result, "p99"), 100.0, "ms"),
        _at_most("start to ready", median(s.ready_s for s in result.starts), 1.0, "s"),
        _at_most("idle processor time", result.idle.cpu_percent, 0.5, "%"),
        _at_most("memory while speaking", result.idle.memory_speaking.rss_mib, 90.0, "MiB"),
        _flat_text(result.text_cost),
        _flat_queue(result.submit_cost),
    ]


def save(result: BenchResult, targets: list[Target], folder: Path) -> Path:
    """Write everything, raw samples included."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / JSON_NAME
    document = dataclasses.asdict(result) | {
        "summary": _summaries(result),
        "targets": [dataclasses.asdict(target) for target in targets],
    }
    path.write_text(json.dumps(_rounded(document), indent=1) + "\n")
    return path


def _slowest(result: BenchResult, figure: str) -> float:
    """The largest such figure among all texts, in milliseconds."""
    return 1000 * max(float(getattr(result.ours(case), figure)) for case in result.latency)


def _peer_target(result: BenchResult) -> Target:
    name, wanted = "peer against ours, 60 words", "≥ 15 ×"
    ratio = result.ratio("60 words")
    if ratio is None:
        return Target(name=name, wanted=wanted, measured="not measured")
    return Target(
        name=name, wanted=wanted, measured=f"{ratio.median:.1f} ×", met=ratio.median >= 15.0
    )


def _at_most(name: str, measured: float, limit: float, unit: str) -> Target:
    return Target(
        name=name,
        wanted=f"≤ {limit:g} {unit}",
        measured=f"{measured:.2f} {unit}",
        met=measured <= limit,
    )


def _flat_text(costs: list[TextCost]) -> Target:
    """Longest text against the median of all: above means worse than linear."""
    typical = median(cost.cpu_ms_per_word for cost in costs)
    worst = costs[-1].cpu_ms_per_word / typical
    return _at_most(f"cost per word at {costs[-1].words} words against median", worst, 1.25, "×")


def _flat_queue(costs: list[SubmitCost]) -> Target:
    empty, full = median(costs[0].submit_ms), median(costs[-1].submit_ms)
    return _at_most(f"submit with {costs[-1].waiting} waiting against 0", full / empty, 2.0, "×")


def _summaries(result: BenchResult) -> dict[str, Any]:
    return {
        case.name: {
            "ours_s": dataclasses.asdict(result.ours(case.name)),
            "peer_s": _as_dict(result.theirs(case.name)),
            "peer_over_ours": _as_dict(result.ratio(case.name)),
        }
        for case in CASES
    } | {"200_over_2": dataclasses.asdict(result.long_to_short())}


def _as_dict(value: Summary | Ratio | None) -> dict[str, Any] | None:
    return None if value is None else dataclasses.asdict(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value

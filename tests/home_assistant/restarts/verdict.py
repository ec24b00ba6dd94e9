"""What came of all rounds: every check with its finding, and the times."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from hub_agent.workers import MOST_IDLE
from tests.bench.finding import Finding
from tests.home_assistant.restarts.inventory import PLATFORMS
from tests.home_assistant.restarts.logs import HomeLog
from tests.home_assistant.restarts.outage import Outage, Part
from tests.home_assistant.restarts.rounds import WARM_UP_ROUNDS, Round

BACK_LIMIT_S = 30.0
GROWTH_LIMIT_MIB = 4.0
MOST_FILES_LEFT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was seen of one release."""

    release: str
    rounds: Sequence[Round]
    unspared: int
    """Rounds until the agent was spared."""
    home_log: HomeLog
    agent_troubles: Sequence[str]


def judge(evidence: Evidence) -> list[Finding]:
    """All findings; the run is good when all of them passed."""
    return [check(evidence) for check in _CHECKS]


def back_times(rounds: Sequence[Round]) -> dict[str, dict[str, list[float]]]:
    """Seconds by kind of outage and integration, in those rounds in which it was back."""
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in rounds:
        for platform, took in each.back_s.items():
            times[each.outage.kind][platform].append(took)
    return times


def times_table(evidence: Evidence) -> Table:
    """Median and worst, by kind."""
    table = Table(title=f"Home Assistant {evidence.release}: back after, s (median / worst)")
    table.add_column("outage")
    table.add_column("n", justify="right")
    for platform in PLATFORMS:
        table.add_column(platform, justify="right")
    times = back_times(evidence.rounds)
    counts = Counter(each.outage.kind for each in evidence.rounds)
    for kind in sorted(counts, key=lambda kind: (kind == "two at once", kind)):
        cells = (times[kind][platform] for platform in PLATFORMS)
        table.add_row(kind, str(counts[kind]), *map(_cell, cells))
    return table


def _back(evidence: Evidence) -> Finding:
    late = [
        f"{each.outage}: {each.not_back or each.back_s}"
        for each in evidence.rounds
        if each.not_back or len(each.back_s) < len(PLATFORMS) or _last(each) > BACK_LIMIT_S
    ]
    worst = max(map(_last, evidence.rounds), default=0.0)
    return Finding(
        check=f"every entity is back as it was within {BACK_LIMIT_S:.0f} s",
        passed=not late,
        detail=f"worst {worst:.1f} s; {_failed(late, evidence)}",
    )


def _missed(evidence: Evidence) -> Finding:
    unnoticed = [f"{each.outage}: {each.unnoticed}" for each in evidence.rounds if each.unnoticed]
    return Finding(
        check="what is away is unavailable",
        passed=not unnoticed,
        detail=_failed(unnoticed, evidence),
    )


def _registered(evidence: Evidence) -> Finding:
    changed = [f"{each.outage}: {each.changes}" for each in evidence.rounds if each.changes]
    return Finding(
        check="entries, devices, entities, flows and issues are as before",
        passed=not changed,
        detail=_failed(changed, evidence),
    )


def _heard(evidence: Evidence) -> Finding:
    silent = [
        f"{each.outage}, {each.speaking}: {each.silence}"
        for each in evidence.rounds
        if each.silence is not None
    ]
    heard = Counter(each.speaking for each in evidence.rounds if each.silence is None)
    return Finding(
        check="it speaks again in every way",
        passed=not silent and bool(heard),
        detail=f"{dict(heard)}; {_failed(silent, evidence)}",
    )


def _home_untroubled(evidence: Evidence) -> Finding:
    log, outages = evidence.home_log, [each.outage for each in evidence.rounds]
    told, most = log.expected["the agent is away"], _outages_of_agent(outages)
    return Finding(
        check="Home Assistant's log tells of outages once each, and of nothing else",
        passed=not log.others and told <= most,
        detail=f"{told} lines about {most} outages of the agent; {len(log.others)} others: "
        f"{[text[:300] for text in log.others[:3]]}",
    )


def _agent_untroubled(evidence: Evidence) -> Finding:
    troubles = evidence.agent_troubles
    return Finding(
        check="the agent's log tells of no trouble",
        passed=not troubles,
        detail=f"{len(troubles)}: {[text[:300] for text in troubles[:3]]}",
    )


def _flat(evidence: Evidence) -> Finding:
    lived = [each.agent for each in evidence.rounds[max(1, evidence.unspared) - 1 :]]
    warm, last = lived[min(WARM_UP_ROUNDS, len(lived) - 1)], lived[-1]
    growth = last.rss_mib - warm.rss_mib
    files, threads = last.files - warm.files, last.threads - warm.threads
    return Finding(
        check="the agent that lived through the last outages does not grow",
        passed=growth < GROWTH_LIMIT_MIB and files <= MOST_FILES_LEFT and threads <= MOST_IDLE,
        detail=f"{growth:+.1f} MiB, {files:+d} files, {threads:+d} threads over "
        f"{max(0, len(lived) - 1 - WARM_UP_ROUNDS)} rounds at {last.rss_mib:.0f} MiB",
    )


_CHECKS: tuple[Callable[[Evidence], Finding], ...] = (
    _back,
    _missed,
    _registered,
    _heard,
    _home_untroubled,
    _agent_untroubled,
    _flat,
)


def _last(done: Round) -> float:
    return max(done.back_s.values(), default=0.0)


def _outages_of_agent(outages: Sequence[Outage]) -> int:
    return sum(each.hits(Part.AGENT) and not each.hits(Part.HOME) for each in outages)


def _failed(failed: Sequence[str], evidence: Evidence) -> str:
    shown = f": {'; '.join(failed[:3])}" if failed else ""
    return f"{len(failed)} of {len(evidence.rounds)} rounds failed{shown}"


def _cell(times: Sequence[float]) -> str:
    return f"{median(times):.1f} / {max(times):.1f}" if times else "–"

"""What the evidence says: every check with its finding. Pure."""

import bisect
from collections.abc import Callable

from hub_agent.workers import MOST_IDLE
from tests.bench.finding import Finding
from tests.soak.evidence import Evidence

PROBE_LIMIT_S = 1.0
GROWTH_LIMIT_MIB = 2.0
"""Over some 5000 announcements: a leak of half a kilobyte each would show."""
_SHOWN_IDS = 5


def judge(evidence: Evidence) -> list[Finding]:
    """All findings; the run is good when all of them passed."""
    return [check(evidence) for check in _CHECKS]


def lost_by_broker(evidence: Evidence) -> dict[str, float | None]:
    """Results that the agent sent and the broker acknowledged on the wire, but never delivered.

    With each: how many seconds later the broker was killed, None when it was not.
    """
    lost = {}
    for each in sorted(evidence.ids - evidence.observed.keys()):
        acknowledged_at = evidence.wire.results_acknowledged.get(each)
        if acknowledged_at is not None:
            lost[each] = _next_kill_after(evidence.kills, acknowledged_at)
    return lost


def _all_safe(evidence: Evidence) -> Finding:
    return Finding(
        check="the broker took every order",
        passed=evidence.unsafe == 0 and evidence.acknowledged == evidence.ids,
        detail=f"{len(evidence.acknowledged)} of {len(evidence.ids)} ids acknowledged, "
        f"{len(evidence.sent_again)} sent again after an acknowledgement the broker forgot "
        "or could have forgotten",
    )


def _taken(evidence: Evidence) -> Finding:
    """What the agent never acknowledged on the wire, the broker has lost, not the agent."""
    missing = evidence.ids - evidence.wire.taken
    return Finding(
        check="every id reached the agent and was acknowledged by it (wire)",
        passed=not missing,
        detail=f"{len(evidence.ids) - len(missing)} of {len(evidence.ids)}, "
        f"lost by broker: {len(missing)}{_sample(missing)}",
    )


def _one_result_each(evidence: Evidence) -> Finding:
    """A message that is refused may be refused again each time it is delivered again."""
    told = evidence.agent.results
    none = {each for each in evidence.ids if not told.get(each)}
    several = {each for each in evidence.ids - none if _too_many(evidence, each)}
    again = sum(sum(told[each].values()) - 1 for each in evidence.ids - none - several)
    return Finding(
        check="exactly one result for every id (agent's log)",
        passed=not none and not several,
        detail=f"none: {len(none)}{_sample(none)}, several: {len(several)}{_sample(several)}, "
        f"refused again when delivered again: {again}",
    )


def _too_many(evidence: Evidence, each: str) -> bool:
    outcomes = evidence.agent.results[each]
    most = evidence.wire.delivered.get(each, 1) if outcomes.keys() == {"rejected"} else 1
    return sum(outcomes.values()) > most


def _observed(evidence: Evidence) -> Finding:
    """Only a result that the broker acknowledged to the agent may be missing, and is counted."""
    missing = evidence.ids - evidence.observed.keys()
    by_broker = lost_by_broker(evidence)
    by_agent = missing - by_broker.keys()
    return Finding(
        check="every result reached a subscriber",
        passed=not by_agent,
        detail=f"{len(evidence.ids) - len(missing)} of {len(evidence.ids)}, "
        f"lost by broker (acknowledged on the wire): {len(by_broker)}{_sample(by_broker)}, "
        f"lost by agent: {len(by_agent)}{_sample(by_agent)}",
    )


def _same_story(evidence: Evidence) -> Finding:
    """A subscriber may get a result twice, but never two different ones."""
    told = evidence.observed
    wrong = {
        each
        for each in evidence.ids & told.keys()
        if told[each].keys() != evidence.agent.results.get(each, {}).keys()
    }
    repeated = sum(sum(told[each].values()) - 1 for each in evidence.ids & told.keys())
    return Finding(
        check="subscriber and log tell the same outcome",
        passed=not wrong,
        detail=f"{len(wrong)} differ{_sample(wrong)}; {repeated} delivered more than once",
    )


def _without_id(evidence: Evidence) -> Finding:
    """Nobody can tell a repeated message without id from a new one unless the broker marks it."""
    least = len(evidence.wire.delivered_without_id)
    most = sum(evidence.wire.delivered_without_id.values())
    got = evidence.results_without_id()
    return Finding(
        check="one result for every message without id",
        passed=least == evidence.orders_without_id and least <= got <= most,
        detail=f"{evidence.orders_without_id} sent, {least} reached the agent in {most} "
        f"deliveries, {got} results",
    )


def _metrics_agree(evidence: Evidence) -> Finding:
    logged = sum(sum(outcomes.values()) for outcomes in evidence.agent.results.values())
    logged += evidence.agent.duplicates
    counted = sum(evidence.agent.metrics.values())
    return Finding(
        check="metrics and log count the same",
        passed=logged == counted,
        detail=f"log {logged}, metrics {counted}",
    )


def _nothing_waits(evidence: Evidence) -> Finding:
    agent = evidence.agent
    return Finding(
        check="no queue is stuck",
        passed=not any(agent.waiting.values())
        and not agent.open_announcements
        and bool(agent.waiting),
        detail=f"waiting {dict(agent.waiting)}, open {agent.open_announcements}, "
        f"events dropped {agent.events_dropped}",
    )


def _probes(evidence: Evidence) -> Finding:
    times = evidence.agent.probes
    shown = ", ".join(
        f"{room} {'not spoken' if took is None else f'{took:.2f} s'}"
        for room, took in times.items()
    )
    return Finding(
        check=f"every room speaks within {PROBE_LIMIT_S:g} s afterwards",
        passed=bool(times)
        and all(took is not None and took <= PROBE_LIMIT_S for took in times.values()),
        detail=shown,
    )


def _memory(evidence: Evidence) -> Finding:
    memory = evidence.memory
    return Finding(
        check=f"memory grows less than {GROWTH_LIMIT_MIB:g} MiB over the second half",
        passed=memory.growth_mib < GROWTH_LIMIT_MIB,
        detail=f"{memory.growth_mib:+.2f} MiB; idle before {memory.before.rss_mib:.1f}, "
        f"after {memory.after.rss_mib:.1f} MiB",
    )


def _handles(evidence: Evidence) -> Finding:
    """The agent keeps a few idle threads; more than those are left over."""
    before, after = evidence.memory.before, evidence.memory.after
    return Finding(
        check=f"no files left over, at most {MOST_IDLE} idle threads more",
        passed=after.files <= before.files and after.threads <= before.threads + MOST_IDLE,
        detail=f"files {before.files} → {after.files}, threads {before.threads} → {after.threads}",
    )


def _healthy(evidence: Evidence) -> Finding:
    troubles = evidence.agent.troubles
    return Finding(
        check="agent alive, no unhandled exception",
        passed=evidence.agent.alive and not troubles,
        detail=f"{len(troubles)} in the log" + (f": {troubles[0]}" if troubles else ""),
    )


_CHECKS: tuple[Callable[[Evidence], Finding], ...] = (
    _all_safe,
    _taken,
    _one_result_each,
    _observed,
    _same_story,
    _without_id,
    _metrics_agree,
    _nothing_waits,
    _probes,
    _memory,
    _handles,
    _healthy,
)


def _next_kill_after(kills: tuple[float, ...], moment: float) -> float | None:
    at = bisect.bisect_left(kills, moment)
    return kills[at] - moment if at < len(kills) else None


def _sample(ids: set[str] | frozenset[str] | dict[str, float | None]) -> str:
    if not ids:
        return ""
    return " (" + ", ".join(sorted(ids)[:_SHOWN_IDS]) + (", …)" if len(ids) > _SHOWN_IDS else ")")

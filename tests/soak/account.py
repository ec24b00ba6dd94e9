"""Reading the agent's own account: its log and its metrics page."""

import re
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.rig.ports import HOST
from tests.soak.tap import is_own_result

_COUNTED = re.compile(
    r'^hub_agent_announcements_total\{outcome="(\w+)"\} ([\d.e+]+)$', re.MULTILINE
)
_TROUBLE_LEVELS = frozenset({"critical", "error"})
_EXPECTED_ERRORS = frozenset({"broker lost"})
_TIMEOUT_S = 5.0


@dataclass(slots=True)
class LogAccount:
    """What a log tells: results by id, repeated ids, and anything that should not be there."""

    results: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    duplicates: int = 0
    troubles: list[str] = field(default_factory=list)


def read_log(entries: Iterable[Mapping[str, Any]]) -> LogAccount:
    """Go through a JSON log; lines that are not JSON are tracebacks or prints: trouble."""
    account = LogAccount()
    for entry in entries:
        if entry.get("event") == "announcement finished":
            if is_own_result(entry):
                account.results[str(entry["announcement"])][str(entry["outcome"])] += 1
            else:
                account.duplicates += 1
        elif is_trouble(entry):
            account.troubles.append(_shown(entry))
    return account


def is_trouble(entry: Mapping[str, Any]) -> bool:
    """Whether a log line tells of something that nobody dealt with."""
    if "raw" in entry or "exception" in entry:
        return True
    expected = entry.get("event") in _EXPECTED_ERRORS
    return entry.get("level") in _TROUBLE_LEVELS and not expected


def results_by_metrics(web_port: int) -> dict[str, int]:
    """Results by outcome as the metrics page counts them."""
    address = f"http://{HOST}:{web_port}/metrics"
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:
        return parse_metrics(answer.read().decode())


def parse_metrics(page: str) -> dict[str, int]:
    """The announcements counter of a metrics page."""
    return {outcome: int(float(value)) for outcome, value in _COUNTED.findall(page)}


def _shown(entry: Mapping[str, Any]) -> str:
    text = str(entry.get("raw") or entry.get("exception") or dict(entry))
    return text.strip()[-300:]

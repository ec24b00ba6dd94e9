"""Lines in the logs that should not be there."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.soak.account import is_trouble

_ENTRY: Final = re.compile(
    r"^\S+ \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^]]*)\] ", re.MULTILINE
)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_OURS: Final = re.compile(r"hub_agent|custom_components|Hub Agent|components[./](mqtt|wyoming)")
_EXPECTED: Final = {
    "found a custom integration": re.compile(
        r"We found a custom integration (hub_agent|recording_player) which has not been tested"
    ),
    "the broker is away": re.compile(
        r"\[homeassistant\.components\.mqtt\.client\] .*"
        r"(Disconnected from|Failed to connect to|Error returned from) MQTT server"
        r"|Error talking to MQTT: The client is not currently connected"
    ),
    "the agent is away": re.compile(
        r"\[custom_components\.hub_agent(\.coordinator)?\] Error (requesting|fetching) .* data"
    ),
    "the agent is away, Wyoming": re.compile(
        r"\[homeassistant\.components\.wyoming\.coordinator\] Error fetching .* data"
    ),
    "not ready yet": re.compile(r"\[homeassistant\.config_entries\] Config entry .* not ready yet"),
}
"""What Home Assistant tells once of each outage, by what it means."""


@dataclass(slots=True)
class HomeLog:
    """What its log tells of us, warnings and worse."""

    expected: Counter[str] = field(default_factory=Counter)
    others: list[str] = field(default_factory=list)


def read_home_log(log: Path) -> HomeLog:
    """Go through it, tracebacks included."""
    account = HomeLog()
    for text in _troubles(_COLOURS.sub("", log.read_text(errors="replace"))):
        meaning = next((name for name, known in _EXPECTED.items() if known.search(text)), None)
        if meaning is None:
            account.others.append(text.strip())
        else:
            account.expected[meaning] += 1
    return account


def agent_troubles(log: Path) -> list[str]:
    """Tracebacks and errors that nobody dealt with."""
    return [line for line in log.read_text(errors="replace").splitlines() if _is_trouble(line)]


def _troubles(text: str) -> Iterator[str]:
    found = list(_ENTRY.finditer(text))
    ends = [entry.start() for entry in found[1:]] + [len(text)]
    for entry, end in zip(found, ends, strict=True):
        told = text[entry.start() : end]
        if entry["level"] in ("WARNING", "ERROR", "CRITICAL") and _OURS.search(told):
            yield told


def _is_trouble(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return bool(line.strip())
    return is_trouble(entry)

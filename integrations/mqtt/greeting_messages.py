"""What the household turns of a greeting by message. Pure."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Final

from hub_agent.messages.fields import bad, decoded
from integrations.mqtt.switches import SWITCH

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)?")
"""Seconds, which some senders add, are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingChange:
    """One of them is given."""

    at: time | None = None
    enabled: bool | None = None


def parse_greeting(payload: bytes) -> GreetingChange:
    """`HH:MM`, or on or off; raises `InvalidAnnouncementError`."""
    text = decoded(payload).strip()
    enabled = SWITCH.get(text.lower())
    if enabled is not None:
        return GreetingChange(enabled=enabled)
    given = _TIME.fullmatch(text)
    if given is None:
        raise bad("time")
    return GreetingChange(at=time(int(given[1]), int(given[2])))

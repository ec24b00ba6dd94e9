"""How speech is marked in tests."""

from pathlib import Path

from hub_agent.clock import SystemClock
from hub_agent.settings.trust import WatermarkSettings
from hub_agent.voicing.marking import Marking


def marking(key_file: Path, *, stock: bool = True) -> Marking:
    return Marking(key_file, WatermarkSettings(stock=stock), SystemClock())


UNMARKED = marking(Path("/nowhere/mark.key"), stock=False)
"""For tests that look at the samples of a stock voice."""

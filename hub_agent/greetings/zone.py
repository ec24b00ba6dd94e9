"""The rules by which clocks are set somewhere."""

import os
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

LOCAL_TIME: Final = Path("/etc/localtime")


def zone_of(name: str | None, *, env: Mapping[str, str] = os.environ) -> tzinfo:
    """The time zone of that name; None: the system's, UTC where it has none."""
    return ZoneInfo(name) if name is not None else _system_zone(env.get("TZ", "").lstrip(":"))


def _system_zone(named: str) -> tzinfo:
    try:
        if named:
            return ZoneInfo(named)
        with LOCAL_TIME.open("rb") as rules:
            return ZoneInfo.from_file(rules)
    except (OSError, ValueError, LookupError):
        return UTC

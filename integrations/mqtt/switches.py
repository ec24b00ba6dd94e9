"""What says on and off in a message."""

from collections.abc import Mapping
from typing import Final

SWITCH: Final[Mapping[str, bool]] = {
    "on": True,
    "true": True,
    "1": True,
    "off": False,
    "false": False,
    "0": False,
}
"""By payload in small letters."""

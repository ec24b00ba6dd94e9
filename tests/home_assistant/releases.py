"""The releases of Home Assistant that are tried, and the Debian whose Python each one wants."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release, as pip finds it, inside a tree of that Debian."""

    name: str
    suite: str
    pins: tuple[str, ...] = ()
    """Constraints that the release itself forgot."""
    streams: bool = True
    """Whether a plain `tts.speak` is heard while it is still made."""

    @property
    def requirement(self) -> str:
        """The newest patch of the release."""
        return f"homeassistant=={self.name}.*"


_OLD_RESOLVER: Final = ("pycares<5",)
"""aiodns of 2025 does not work with the newer one."""

NEWEST: Final = Release(name="2026.11", suite="forky")
FIRST_TO_STREAM: Final = Release(name="2025.10", suite="trixie", pins=_OLD_RESOLVER)
OLDEST: Final = Release(name="2025.4", suite="trixie", pins=_OLD_RESOLVER, streams=False)

RELEASES: Final = (NEWEST, FIRST_TO_STREAM, OLDEST)

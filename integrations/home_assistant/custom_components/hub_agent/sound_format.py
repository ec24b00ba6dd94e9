"""What kind of sound the hub is asked for, so that Home Assistant converts as little as it can."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.tts import (
    ATTR_PREFERRED_FORMAT,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_RATE,
)

# Older releases have no constant for it.
ATTR_PREFERRED_BITRATE: Final = "preferred_bitrate"
DETAILS: Final = (
    ATTR_PREFERRED_SAMPLE_RATE,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_BITRATE,
)
FORMAT_OPTIONS: Final = (ATTR_PREFERRED_FORMAT, *DETAILS)
PLAYED_WHERE_NOTHING_IS_PREFERRED: Final = "mp3"
LOSSLESS: Final = ("wav", "flac")
SAMPLE_RATES: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    """Of the hub's answer; `sample_rate` None: the voice's own."""

    extension: str
    sample_rate: int | None = None

    @classmethod
    def preferred(cls, options: Mapping[str, Any]) -> "SoundFormat":
        """The one that a player prefers, where the hub has it: mono, of 16 bits.

        Else a lossless one of another kind, by which Home Assistant knows that it must convert.
        Releases before 2026.11 convert whatever has details, which MP3 would not survive unheard.
        """
        kind = str(options.get(ATTR_PREFERRED_FORMAT, PLAYED_WHERE_NOTHING_IS_PREFERRED))
        details = {key: int(options[key]) for key in DETAILS if options.get(key) is not None}
        if kind in LOSSLESS and _has(details):
            return cls(extension=kind, sample_rate=details.get(ATTR_PREFERRED_SAMPLE_RATE))
        if kind == "mp3" and not details:
            return cls(extension=kind)
        return cls(extension=next(other for other in LOSSLESS if other != kind))

    def query(self) -> dict[str, str]:
        """As the hub is asked for it."""
        rate = {} if self.sample_rate is None else {"sample_rate": str(self.sample_rate)}
        return {"format": self.extension, **rate}


def _has(details: Mapping[str, int]) -> bool:
    return (
        details.get(ATTR_PREFERRED_SAMPLE_RATE, SAMPLE_RATES[0]) in SAMPLE_RATES
        and details.get(ATTR_PREFERRED_SAMPLE_CHANNELS, 1) == 1
        and details.get(ATTR_PREFERRED_SAMPLE_BYTES, 2) == 2
        and ATTR_PREFERRED_BITRATE not in details
    )

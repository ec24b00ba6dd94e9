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
FORMAT_OPTIONS: Final = (
    ATTR_PREFERRED_FORMAT,
    ATTR_PREFERRED_SAMPLE_RATE,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_BITRATE,
)
_WITHOUT_PREFERENCE: Final = "mp3"
_LOSSLESS: Final = ("wav", "flac")
_LOWEST_RATE: Final = 8_000
_HIGHEST_RATE: Final = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    """Of the hub's answer; `sample_rate` (Hz) None: the voice's own."""

    extension: str
    sample_rate: int | None = None

    @classmethod
    def preferred(cls, options: Mapping[str, Any]) -> "SoundFormat":
        """The one that a player prefers, where the hub has it: mono, of 16 bits.

        Else a lossless one of another kind, by which Home Assistant knows that it must convert.
        So it is for MP3 with any wish beside, which releases before 2026.11 would encode again.
        """
        wished = {key: options[key] for key in FORMAT_OPTIONS if options.get(key) is not None}
        kind = str(wished.pop(ATTR_PREFERRED_FORMAT, _WITHOUT_PREFERENCE))
        if kind == "mp3" and not wished:
            return cls(extension=kind)
        if kind in _LOSSLESS and _has(wished):
            rate = wished.get(ATTR_PREFERRED_SAMPLE_RATE)
            return cls(extension=kind, sample_rate=None if rate is None else int(rate))
        return cls(extension=next(other for other in _LOSSLESS if other != kind))

    def query(self) -> dict[str, str]:
        """As the hub is asked for it."""
        rate = {} if self.sample_rate is None else {"sample_rate": str(self.sample_rate)}
        return {"format": self.extension, **rate}


def _has(wished: Mapping[str, Any]) -> bool:
    """Whether the hub has such lossless sound, whose bit rate is what it is."""
    try:
        return (
            _LOWEST_RATE
            <= int(wished.get(ATTR_PREFERRED_SAMPLE_RATE, _LOWEST_RATE))
            <= _HIGHEST_RATE
            and int(wished.get(ATTR_PREFERRED_SAMPLE_CHANNELS, 1)) == 1
            and int(wished.get(ATTR_PREFERRED_SAMPLE_BYTES, 2)) == 2
        )
    except (TypeError, ValueError):
        return False

"""What a file says about the speech in it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub_agent import __version__

SYNTHETIC: Final = "1"
"""GB 45438-2025: the content is synthetic (2: possibly, 3: suspected)."""

SOFTWARE: Final = f"hub-agent {__version__}"
_MOST_CHARS: Final = 255

COMMENT: Final = "Synthetic speech (AI-generated)"


class SourceType(StrEnum):
    """How speech came about, in the terms of the IPTC (NewsCodes, digital source type)."""

    CLONED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    """In the voice of a person, learnt from recordings."""

    STOCK = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
    """In a voice that an engine computes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label; an empty field is one that the file does not tell.

    It never names a person, a text or a household. `synthetic` is a code as in `SYNTHETIC`,
    `source_type` a URI as in `SourceType`, `created` ISO 8601 in UTC, and `integrity` the
    SHA-256 of the audio (`payload_sha256`) in hexadecimal when the label was written.
    """

    synthetic: str = ""
    producer: str = ""
    produce_id: str = ""
    source_type: str = ""
    software: str = ""
    created: str = ""
    integrity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a container holds about labels: fields `AIGC` as they are, and its XMP packet."""

    fields: tuple[str, ...] = ()
    xmp: bytes = b""


def shown(text: str) -> str:
    """Somebody else's text, fit for a terminal and of a bearable length."""
    return "".join(char for char in text[:_MOST_CHARS] if char.isprintable())

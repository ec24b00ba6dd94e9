"""What was found in a file, for people and for machines."""

import math
from typing import Any, Final

from hub_agent.labels.label import shown
from hub_agent.own_speech.known_marks import Origin, Speech
from hub_agent.own_speech.search import Finding, Mark
from voices.watermark.features import Stretch
from voices.watermark.keys import epoch_start
from voices.watermark.payload import Payload32

NOTHING: Final = "no mark of this hub found, which proves nothing"
_SMALLEST_SPELT: Final = 1e-9
_NOTABLE: Final = 0.003
"""Relative change; clocks and codecs do less."""


def sentence(finding: Finding) -> str:
    """One sentence about a file."""
    if not finding.detected:
        return NOTHING
    parts = "; ".join(f"{who(mark.speech)}, {place(mark)}" for mark in finding.marks)
    said = f"made by this hub: {parts}" if parts else "made by this hub"
    chance = f"; chance of a false alarm below {odds(finding.p_value)}"
    return f"{said}{changes(finding.stretch)}{chance}{rank(finding)}"


def as_json(finding: Finding) -> dict[str, Any]:
    """Everything about a file; times in UTC, the payload as eight hexadecimal digits."""
    main = finding.main
    return {
        "detected": finding.detected,
        "p_value": finding.p_value,
        "level": finding.level,
        "decoy_p": finding.decoy_p,
        **_speech_json(main.speech if main else None),
        "tempo": round(finding.stretch.tempo, 4),
        "pitch": round(finding.stretch.pitch, 4),
        "duration_s": round(finding.duration_s, 3),
        "spans": [
            {
                "start_s": round(mark.start_s, 3),
                "end_s": round(mark.end_s, 3),
                "confidence": round(mark.confidence, 4),
                **_speech_json(mark.speech),
            }
            for mark in finding.marks
        ],
    }


def rank(finding: Finding) -> str:
    """How many keys nobody has fit as well; nothing where that was not asked for."""
    if finding.decoy_p is None:
        return ""
    return f"; by rank among keys nobody has {odds(finding.decoy_p)}"


def who(speech: Speech) -> str:
    """Whose voice it is, which announcement and when, as far as is known."""
    if speech.at is None:
        week = f"in the week from {epoch_start(speech.epoch):%Y-%m-%d}"
        return f"a {speech.origin.value} voice, {week}"
    when = f"{speech.at.astimezone():%Y-%m-%d %H:%M}"
    if speech.origin is Origin.STOCK:
        return f"a stock voice, {when}"
    announcement = shown(speech.announcement or "")
    return f"{speech.voice or 'a voice that is gone'}, announcement {announcement}, {when}"


def place(mark: Mark) -> str:
    """Where in the file."""
    return f"in {clock(mark.start_s)}–{clock(mark.end_s)}"


def clock(seconds: float) -> str:
    """Minutes and seconds, hours too where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def odds(p_value: float) -> str:
    """`1 in …`, rounded down to one digit, or to a power of ten."""
    exponent = math.floor(-math.log10(p_value))
    if p_value < _SMALLEST_SPELT:
        return f"1 in 10^{exponent}"
    return f"1 in {math.floor(1 / p_value / 10**exponent) * 10**exponent:,}"


def changes(stretch: Stretch) -> str:
    """How the audio was changed; nothing where it was not."""
    faster = _change(stretch.tempo, "faster", "slower")
    higher = _change(stretch.pitch, "higher", "lower")
    said = " and ".join(filter(None, (faster, higher)))
    return f"; played {said}" if said else ""


def _change(factor: float, more: str, less: str) -> str:
    if abs(factor - 1) < _NOTABLE:
        return ""
    return f"{abs(factor - 1):.1%} {more if factor > 1 else less}"


def _speech_json(speech: Speech | None) -> dict[str, Any]:
    if speech is None:
        names = ("origin", "payload", "voice", "announcement", "at", "purpose", "epoch")
        return dict.fromkeys(names)
    return {
        "origin": speech.origin.value,
        "payload": _hex(speech.payload),
        "voice": speech.voice,
        "announcement": speech.announcement,
        "at": speech.at.isoformat() if speech.at else None,
        "purpose": speech.purpose,
        "epoch": speech.epoch,
    }


def _hex(payload: Payload32 | None) -> str | None:
    return None if payload is None else f"{int(payload):08x}"

"""What somebody may send to a stranger who helps: figures and versions, chosen one by one.

No name of a person, room or host, no text, no token, no path.
"""

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from hub_agent import __version__
from hub_agent.integration import AgentPort
from voices.voice import VoiceKind

LIBRARIES: Final = ("aiohttp", "aiomqtt", "numpy", "onnxruntime", "pydantic", "wyoming", "zeroconf")
HEALTH: Final = ("ready", "uptime_s", "open_announcements", "vault")
COUNTED: Final = ("integrations", "engines", "outcomes")
"""Mappings from words of ours to figures or switches."""
ROOM: Final = ("waiting", "speaking", "speaking_for_s", "underruns")


def diagnostics(agent: AgentPort, versions: Mapping[str, str | None]) -> dict[str, Any]:
    """The whole report, as values that JSON knows."""
    health, state, voices = agent.health(), agent.state(), agent.voices()
    family = sum(voice.kind is VoiceKind.FAMILY for voice in voices)
    return {
        "versions": dict(versions),
        "health": _plain(health, HEALTH) | {key: _figures(health.get(key)) for key in COUNTED},
        "rooms": [_plain(room, ROOM) for room in health.get("rooms", {}).values()],
        "voices": {"family": family, "stock": len(voices) - family},
        "consents_ending": state.consents_ending,
        "engine": state.engine,
        "engines_missing": list(state.engines_missing),
        "quiet": state.quiet,
        "volume": state.volume,
    }


@cache
def installed_versions() -> Mapping[str, str | None]:
    """Of all that matters; reads the disk at first."""
    return {
        "hub_agent": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        **{name: _version(name) for name in LIBRARIES},
    }


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _plain(report: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: report.get(key) for key in keys}


def _figures(report: object) -> dict[str, bool | int]:
    if not isinstance(report, Mapping):
        return {}
    return {str(key): value for key, value in report.items() if isinstance(value, bool | int)}

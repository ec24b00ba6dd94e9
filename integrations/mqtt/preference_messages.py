"""What the household turns by message: usual voice, volume, quiet. Pure.

Every payload is plain text, as buttons, sliders and shell scripts send it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from hub_agent.agent_topics import AgentTopics
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.integration import AgentPort
from hub_agent.messages.fields import MAX_NAME_CHARS, bad, decoded, printable
from hub_agent.preferences import FULL_VOLUME, Preferences
from integrations.mqtt.switches import SWITCH

ReadPreferences: TypeAlias = Callable[[bytes, AgentPort], Preferences]
"""What the household prefers after this payload; raises `InvalidAnnouncementError`."""

USUAL_VOICE: Final = frozenset({"", "default"})
"""Payloads that ask for the voice of the settings."""


def preference_readers(topics: AgentTopics) -> Mapping[str, ReadPreferences]:
    """How to read what comes on each topic."""
    return {
        topics.voice_set: with_voice,
        topics.volume_set: with_volume,
        topics.quiet_set: with_quiet,
    }


def with_voice(payload: bytes, agent: AgentPort) -> Preferences:
    """Another usual voice: its id, its name, or one of `USUAL_VOICE`."""
    wanted = decoded(payload).strip()
    if wanted.lower() in USUAL_VOICE:
        return replace(agent.preferences(), voice=None)
    return replace(agent.preferences(), voice=_voice_id(_printable(wanted), agent))


def with_volume(payload: bytes, agent: AgentPort) -> Preferences:
    """Another volume: 0-100; some senders write `40.0`."""
    try:
        volume = float(decoded(payload))
    except ValueError:
        raise bad("volume") from None
    if not 0 <= volume <= FULL_VOLUME:
        raise bad("volume")
    return replace(agent.preferences(), volume=round(volume))


def with_quiet(payload: bytes, agent: AgentPort) -> Preferences:
    """Quiet, or no longer."""
    quiet = SWITCH.get(decoded(payload).strip().lower())
    if quiet is None:
        raise bad("quiet")
    return replace(agent.preferences(), quiet=quiet)


def _printable(wanted: str) -> str:
    return printable(wanted, "voice", MAX_NAME_CHARS)


def _voice_id(wanted: str, agent: AgentPort) -> str:
    """The id of the one voice of that name; an id, or what nobody is called, is returned as is."""
    voices = agent.voices()
    if any(voice.id == wanted for voice in voices):
        return wanted
    named = {voice.id for voice in voices if voice.name.casefold() == wanted.casefold()}
    if len(named) > 1:
        raise InvalidAnnouncementError("several voices have this name", reason="ambiguous")
    return named.pop() if named else wanted

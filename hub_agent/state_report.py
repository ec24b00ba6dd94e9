"""How things are with the agent, as integrations write it down (JSON)."""

from datetime import datetime
from typing import Any

from hub_agent import __version__
from hub_agent.integration import AgentPort
from hub_agent.messages.telling import milliseconds
from hub_agent.state import AgentState
from voices.voice import Voice


def state_fields(agent: AgentPort) -> dict[str, Any]:
    """The state of the agent as values that JSON knows.

    `voice` is the only name of a person in it. Times are ISO 8601, `consent_ends` is a date.
    """
    state = agent.state()
    return {
        "hub_id": agent.hub_id,
        "agent_id": agent.agent_id,
        "version": __version__,
        "status": state.status.value,
        "volume": state.volume,
        "quiet": state.quiet,
        "voice": _voice(state.voice),
        "engine": state.engine,
        "rooms": _rooms(state),
        "waiting": state.waiting,
        "ttfa_ms": milliseconds(state.ttfa_s),
        "next_greeting": _time(state.next_greeting),
        "vault": state.vault.value,
        "family_voices": state.family_voices,
        "consents_ending": state.consents_ending,
        "consent_ends": _date(state.consent_ends),
        "integrations": dict(agent.health().get("integrations", {})),
        "ready": agent.ready(),
        "engines_missing": list(state.engines_missing),
    }


def in_words(name: str) -> str:
    """A room's or greeting's name of the settings, for people."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def _voice(voice: Voice | None) -> dict[str, str] | None:
    return None if voice is None else {"id": voice.id, "name": voice.name}


def _rooms(state: AgentState) -> list[dict[str, Any]]:
    return [
        {"id": name, "speaking": room.speaking, "waiting": room.waiting, "quiet": room.quiet}
        for name, room in state.rooms.items()
    ]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else moment.date().isoformat()

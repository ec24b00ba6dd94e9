"""The voices that Home Assistant offers, under labels that are all different."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from hub_agent.integration import AgentPort
from hub_agent.state import AgentState
from hub_agent.text.language import base
from voices.purpose import Purpose
from voices.voice import Voice, VoiceKind

AUTOMATIC: Final = "Automatic"
"""The settings decide."""

SENDER: Final = "mqtt"
"""What Home Assistant asks for comes to the agent by this way."""


def voice_choices(agent: AgentPort) -> Mapping[str, str]:
    """Label → voice id, family voices first; `AUTOMATIC` is not among them.

    Only who may announce, and of the engine's own voices only those of the usual language; the
    usual voice is there in any case.
    """
    state = agent.state()
    known = agent.voices_for(Purpose.ANNOUNCEMENTS, origin=SENDER)
    offered = {voice.id: voice for voice in sorted(known, key=_rank) if _is_offered(voice, state)}
    if state.voice is not None:
        offered.setdefault(state.voice.id, state.voice)
    return _labelled(tuple(offered.values()))


def _rank(voice: Voice) -> tuple[bool, str]:
    return voice.kind is not VoiceKind.FAMILY, voice.name.casefold()


def _is_offered(voice: Voice, state: AgentState) -> bool:
    if voice.kind is VoiceKind.FAMILY:
        return True
    return voice.engine == state.engine and base(voice.language) == base(state.language)


def _labelled(voices: Sequence[Voice]) -> Mapping[str, str]:
    names = Counter([AUTOMATIC, *(voice.name for voice in voices)])
    return {
        voice.name if names[voice.name] == 1 else f"{voice.name} ({voice.id})": voice.id
        for voice in voices
    }

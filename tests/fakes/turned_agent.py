"""An agent whose rooms, voices and state a test turns as it likes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hub_agent.announcement import Outcome
from hub_agent.errors import NotFoundError
from hub_agent.preferences import Preferences
from hub_agent.state import AgentState
from tests.fakes.agent_port import ScriptedAgentPort
from voices.voice import Voice, VoiceId, VoiceKind


def voice(
    name: str, language: str = "en-us", kind: VoiceKind = VoiceKind.FAMILY, **more: Any
) -> Voice:
    """A voice whose id is its name in small letters."""
    fields = {"id": VoiceId(name.lower()), "engine": "embedded", "languages": (language,)} | more
    return Voice(name=name, kind=kind, **fields)


GRANDMA = voice("Grandma")
PETER = voice("Peter", "de")
ENGLISH = voice("English (America)", kind=VoiceKind.STOCK, id=VoiceId("en-us"))
BRITISH = voice("English (Great Britain)", "en-gb", kind=VoiceKind.STOCK, id=VoiceId("en-gb"))
POLISH = voice("Polish", "pl", kind=VoiceKind.STOCK, id=VoiceId("pl"))


class TurnedAgent(ScriptedAgentPort):
    """`moment` replaces fields of the state; a preferred voice must be a known one's id."""

    def __init__(
        self,
        *,
        rooms: Sequence[str] = ("home", "kitchen"),
        voices: Sequence[Voice] = (POLISH, ENGLISH, PETER, BRITISH, GRANDMA),
    ) -> None:
        super().__init__(answer=Outcome.SPOKEN, rooms=rooms)
        self.known_voices = voices
        self.moment: dict[str, Any] = {}

    def prefer(self, preferences: Preferences) -> None:
        if preferences.voice not in {None, *(each.id for each in self.known_voices)}:
            raise NotFoundError("there is no such voice", reason="unknown_voice")
        super().prefer(preferences)

    def state(self) -> AgentState:
        wanted = self.preferred.voice
        chosen = next((each for each in self.known_voices if each.id == wanted), None)
        return replace(super().state(), **({"voice": chosen} | self.moment))

    def turn(
        self,
        *,
        rooms: Sequence[str] | None = None,
        voices: Sequence[Voice] | None = None,
        **moment: Any,
    ) -> None:
        """Change something, and tell whoever watches."""
        self._rooms = self._rooms if rooms is None else tuple(rooms)
        self.known_voices = self.known_voices if voices is None else voices
        self.moment |= moment
        self.changes.tell()

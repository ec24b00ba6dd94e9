"""What an engine is that has no voice of its own."""

from collections.abc import Sequence

from hub_agent.engines.engine import Emit, Prosody
from hub_agent.errors import EngineError
from hub_agent.text.segment import Segment
from voices.voice import Voice


class FamilyOnly:
    """The part of an `Engine` about voices of its own: there are none."""

    def voices(self) -> Sequence[Voice]:
        """See `Engine.voices`."""
        return ()

    def variants(self, voice: Voice) -> Sequence[Voice]:
        """See `Engine.variants`."""
        del voice
        return ()

    def find_voice(self, wanted: str) -> Voice | None:
        """See `Engine.find_voice`."""
        del wanted
        return None

    def voice_for_language(self, language: str) -> Voice | None:
        """See `Engine.voice_for_language`."""
        del language
        return None

    def speak(self, segment: Segment, voice: Voice, prosody: Prosody, emit: Emit) -> None:
        """See `Engine.speak`."""
        del segment, voice, prosody, emit
        raise EngineError("this engine speaks in family voices only", reason="family_voices_only")

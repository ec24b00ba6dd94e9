"""The loudspeaker that records: what reached it and when."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.home_assistant.client import Client
from tests.home_assistant.speech import Fetched, forget_speech, timed

RECORDING_PLAYER: Final = Path(__file__).parent / "custom_components/recording_player"
PLAYER: Final = "media_player.recorder"
_FINISHED: Final = "recording_player_finished"


@dataclass(frozen=True, slots=True)
class Recorder:
    """The player of a Home Assistant whose configuration is in `config`."""

    client: Client
    config: Path

    async def speak(
        self, engine: str, text: str, *, options: Mapping[str, Any] | None = None
    ) -> Fetched:
        """Have a text spoken by `tts.speak`; times count from the call of the action."""
        await forget_speech(self.client)
        said = {"message": text, "cache": False, "options": dict(options or {})}
        return await self.played(
            "tts.speak", entity_id=engine, media_player_entity_id=PLAYER, **said
        )

    async def played(self, action: str, **data: Any) -> Fetched:
        """What an action plays here; times count from its call."""
        finished = await self.client.socket.subscribe("subscribe_events", event_type=_FINISHED)
        began = time.monotonic()
        await self.client.act(action, data)
        heard = (await self.client.socket.event(finished))["data"]
        arrivals = [(at - began, size) for at, size in heard["arrivals"]]
        return timed((self.config / "recorded").read_bytes(), arrivals)

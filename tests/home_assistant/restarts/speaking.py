"""Every way in which a household has the agent speak through Home Assistant."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final, TypeAlias

from tests.home_assistant.client import Client, State, eventually
from tests.home_assistant.recorder import Recorder
from tests.home_assistant.restarts.inventory import Inventory
from tests.home_assistant.speech import sounds

Speak: TypeAlias = Callable[[Client], Awaitable[bool]]
"""Speaks, and tells whether that was heard."""

SENTENCE: Final = "Dinner is ready in the kitchen."


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks through one Home Assistant; `config` is its folder."""

    inventory: Inventory
    config: Path

    def ways(self) -> "cycle[tuple[str, Speak]]":
        """One after the other, for ever, each with its name."""
        own, wyoming = self._engine("hub_agent"), self._engine("wyoming")
        return cycle(
            (
                ("notify", self._notify),
                ("announce", _announce),
                ("tts, Wyoming", lambda client: self._speak(client, wyoming)),
                ("tts, own", lambda client: self._speak(client, own)),
            )
        )

    def _engine(self, platform: str) -> str:
        (engine,) = (each for each in self.inventory.of(platform) if each.domain == "tts")
        return engine.entity_id

    async def _notify(self, client: Client) -> bool:
        told = self.inventory.entity("mqtt", "_announcement")

        async def last() -> State:
            return (await client.states())[told]

        before = (await last())["state"]
        everywhere = self.inventory.entity("mqtt", "_everywhere")
        await client.act("notify.send_message", {"entity_id": everywhere, "message": SENTENCE})
        ended = await eventually(
            last, lambda now: now["state"] != before and now["attributes"].get("outcome")
        )
        return str(ended["attributes"]["outcome"]) == "spoken"

    async def _speak(self, client: Client, engine: str) -> bool:
        return sounds(await Recorder(client, self.config).speak(engine, SENTENCE))


async def _announce(client: Client) -> bool:
    return str((await client.ask("hub_agent.announce", {"text": SENTENCE}))["outcome"]) == "spoken"

"""One outage after the other: taken away, missed, given back, all there again, heard again."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from tests.home_assistant.client import Client, eventually
from tests.home_assistant.rest import AnswerError
from tests.home_assistant.restarts.household import Household, introduce
from tests.home_assistant.restarts.inventory import (
    NOT_THERE,
    PLATFORMS,
    Inventory,
    States,
    not_as_before,
    states,
    take_inventory,
)
from tests.home_assistant.restarts.outage import Outage, Part, draw
from tests.home_assistant.restarts.speaking import Speak, Speaker
from tests.home_assistant.websocket import CommandError
from tests.soak.resources import Sample, Watcher

NOTICED_WITHIN_S: Final = 5.0
GIVEN_UP_AFTER_S: Final = 60.0
WARM_UP_ROUNDS: Final = 4
"""After which the agent has spoken in every way."""
_SPARING_SHARE: Final = 0.3
_LEAST_SPARING: Final = 2 * WARM_UP_ROUNDS
_POLL_S: Final = 0.1
_HELD_S: Final = 2.0
"""Until it hears what the broker has kept, Home Assistant shows things as it saw them last."""
_SHOWN_CHARS: Final = 300
_FAILURES: Final = (AnswerError, AssertionError, CommandError, TimeoutError, aiohttp.ClientError)


@dataclass(slots=True, kw_only=True)
class Round:
    """An outage and what came of it."""

    outage: Outage
    going_s: float
    """How long the parts took to go."""
    unnoticed: dict[str, str] = field(default_factory=dict)
    """Entities that did not become unavailable, and their states."""
    back_s: dict[str, float] = field(default_factory=dict)
    """When all entities of an integration were back, since all parts answered again."""
    not_back: dict[str, str] = field(default_factory=dict)
    """Entities that were not as before in the end, and their states."""
    speaking: str = ""
    silence: str | None = None
    """Why nothing was heard afterwards."""
    changes: list[str] = field(default_factory=list)
    """What is registered that was not, or is no more."""
    agent: Sample

    def wrong(self) -> dict[str, object]:
        """What should not have been."""
        found = {"unnoticed": self.unnoticed, "not back": self.not_back, "changes": self.changes}
        return {name: seen for name, seen in {**found, "silence": self.silence}.items() if seen}


@dataclass(slots=True)
class Rounds:
    """All of them, in a household that stays the same."""

    household: Household
    inventory: Inventory
    before: States
    speaker: Speaker
    done: list[Round] = field(default_factory=list)

    async def run(self, count: int, seed: int, tell: Callable[[Round], None]) -> None:
        """The agent is spared in the last ones, so that its memory can be watched."""
        chance = random.Random(seed)
        sparing = min(count, max(_LEAST_SPARING, round(count * _SPARING_SHARE)))
        outages = [*draw(count - sparing, chance), *draw(sparing, chance, spared=[Part.AGENT])]
        for outage, speaking in zip(outages, self.speaker.ways(), strict=False):
            self.done.append(await self._round(outage, speaking))
            tell(self.done[-1])

    def unspared(self) -> int:
        """How many rounds there were before the agent was spared for good."""
        hit = [number for number, each in enumerate(self.done, 1) if each.outage.hits(Part.AGENT)]
        return hit[-1] if hit else 0

    async def _round(self, outage: Outage, speaking: tuple[str, Speak]) -> Round:
        began = time.monotonic()
        await asyncio.gather(*(self.household.take(loss) for loss in outage.losses))
        going_s = time.monotonic() - began
        unnoticed = await self._unnoticed(outage)
        await asyncio.sleep(outage.absence_s)
        for loss in outage.losses:
            await self.household.give_back(loss)
        agent = Watcher(self.household.hub.process)
        done = Round(outage=outage, going_s=going_s, unnoticed=unnoticed, agent=agent.look())
        async with self.household.home.client() as client:
            done.back_s = await self._times_back(client, outage)
            done.speaking, speak = speaking
            done.silence = await _why_silent(client, speak)
            done.changes = await self._changes(client)
            now = await states(client, self.inventory)
        done.not_back = not_as_before([*self.inventory.entities], self.before, now, outage)
        done.agent = agent.look()
        self.before = {**now, **{each: self.before[each] for each in done.not_back}}
        return done

    async def _unnoticed(self, outage: Outage) -> dict[str, str]:
        """What Home Assistant still shows as there although it is away."""
        if outage.hits(Part.HOME):
            return {}
        missed = ["mqtt", "hub_agent"] if outage.hits(Part.AGENT) else ["mqtt"]
        shown: dict[str, str] = {}

        async def still_there() -> dict[str, str]:
            now = await states(client, self.inventory)
            entities = [each.entity_id for name in missed for each in self.inventory.of(name)]
            shown.clear()
            shown.update({each: now[each] for each in entities if each in now})
            return {each: state for each, state in shown.items() if state not in NOT_THERE}

        async with self.household.home.client() as client:
            try:
                return await eventually(
                    still_there, lambda there: not there, within_s=NOTICED_WITHIN_S
                )
            except AssertionError:
                return await still_there()

    async def _changes(self, client: Client) -> list[str]:
        """In what is registered; issues may still have to go."""

        async def look() -> list[str]:
            return self.inventory.differences(await take_inventory(client))

        try:
            return await eventually(look, lambda changes: not changes, within_s=NOTICED_WITHIN_S)
        except AssertionError:
            return await look()

    async def _times_back(self, client: Client, outage: Outage) -> dict[str, float]:
        """From when on all were there, in those integrations where they were at last."""
        began = time.monotonic()
        back: dict[str, float] = {}
        for_s = 0.0
        while for_s < GIVEN_UP_AFTER_S and (len(back) < len(PLATFORMS) or not _held(back, for_s)):
            now = await states(client, self.inventory)
            for_s = time.monotonic() - began
            for platform in PLATFORMS:
                if not_as_before(self.inventory.of(platform), self.before, now, outage):
                    back.pop(platform, None)
                else:
                    back.setdefault(platform, for_s)
            await asyncio.sleep(_POLL_S)
        return back


def _held(back: Mapping[str, float], for_s: float) -> bool:
    return for_s - max(back.values()) >= _HELD_S


async def _why_silent(client: Client, speak: Speak) -> str | None:
    try:
        return None if await speak(client) else "not spoken"
    except _FAILURES as error:
        return f"{type(error).__name__}: {error}"[:_SHOWN_CHARS]


async def settle(household: Household) -> Rounds:
    """Add the agent, turn what can be turned, and have Home Assistant write all of it down."""
    async with household.home.client() as client:
        await introduce(client, household.broker.port)
        await _turn(client)
    async with household.home.restarted() as client:
        inventory = await eventually(lambda: take_inventory(client), lambda seen: seen.entities)
        before = await eventually(lambda: states(client, inventory), _all_there)
        speaker = Speaker(inventory, household.home.program.config)
        for _, (_, speak) in zip(range(WARM_UP_ROUNDS), speaker.ways(), strict=False):
            if why := await _why_silent(client, speak):
                raise RuntimeError(f"it does not even speak at first: {why}")
        before = await states(client, inventory)
    return Rounds(household, inventory, before, speaker)


async def _turn(client: Client) -> None:
    """Away from how they are at first, so that what is lost is noticed."""
    inventory = await eventually(lambda: take_inventory(client), _has_knobs)
    volume, voice = inventory.entity("mqtt", "_volume"), inventory.entity("mqtt", "_voice")
    await eventually(lambda: states(client, inventory), _all_there)
    await client.act("number.set_value", {"entity_id": volume, "value": 40})
    await client.act("select.select_option", {"entity_id": voice, "option": "Grandma"})
    await eventually(lambda: client.state(voice), lambda state: state == "Grandma")


def _has_knobs(inventory: Inventory) -> bool:
    return any(each.unique_id.endswith("_voice") for each in inventory.of("mqtt"))


def _all_there(shown: States) -> bool:
    return not any(state in NOT_THERE for state in shown.values())

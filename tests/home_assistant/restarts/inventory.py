"""What Home Assistant has of the agent: entries, devices, entities, and their states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.home_assistant import flows
from tests.home_assistant.client import Client
from tests.home_assistant.restarts.outage import Outage, Part, Way

PLATFORMS: Final = ("mqtt", "wyoming", "hub_agent")
NOT_THERE: Final = ("missing", "unavailable")
KEPT_DOMAINS: Final = ("number", "select", "switch", "time")
"""What the household has turned: stays as it was, whatever happens."""
_HOMES_MEMORY: Final = ("button", "event", "notify", "text", "tts")
"""States that Home Assistant itself remembers: when it was last used."""
_AGENTS_MEMORY: Final = ("ttfa", "time_to_first_audio")
"""The end of the unique ids of what is known only since the agent spoke."""

States = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entity:
    """As it is registered."""

    platform: str
    unique_id: str
    entity_id: str
    device_id: str
    entry_id: str

    @property
    def domain(self) -> str:
        """What it is."""
        return self.entity_id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything registered."""

    entities: frozenset[Entity]
    devices: frozenset[tuple[str, str]]
    entries: frozenset[tuple[str, str, str]]
    flows: frozenset[str]
    """Of which integrations there is something to be added, or to be logged in to again."""
    issues: frozenset[str]

    def differences(self, now: "Inventory") -> list[str]:
        """What is there now and was not, or was there and is not."""
        found = []
        for kind in ("entities", "devices", "entries", "flows", "issues"):
            was, is_now = getattr(self, kind), getattr(now, kind)
            found += [f"new among {kind}: {each}" for each in sorted(is_now - was, key=str)]
            found += [f"gone from {kind}: {each}" for each in sorted(was - is_now, key=str)]
        return found

    def entity(self, platform: str, ending: str) -> str:
        """The id of the one entity whose unique id ends so."""
        (found,) = (
            each.entity_id
            for each in self.entities
            if each.platform == platform and each.unique_id.endswith(ending)
        )
        return found

    def of(self, platform: str) -> list[Entity]:
        """The entities of an integration."""
        return [each for each in self.entities if each.platform == platform]


async def take_inventory(client: Client) -> Inventory:
    """Ask for all of it."""
    entities = [each for platform in PLATFORMS for each in await client.entities(platform)]
    entries = [each for platform in PLATFORMS for each in await client.entries(platform)]
    waiting = [flow for domain in PLATFORMS for flow in await flows.discovered(client, domain)]
    ours = {entry["entry_id"] for entry in entries}
    return Inventory(
        entities=frozenset(map(_entity, entities)),
        devices=frozenset(
            (device["id"], str(device["name"]))
            for device in await client.devices()
            if ours.intersection(device["config_entries"])
        ),
        entries=frozenset((each["domain"], each["entry_id"], each["title"]) for each in entries),
        flows=frozenset(flow["handler"] for flow in waiting),
        issues=frozenset(
            f"{each['domain']}: {each['issue_id']}"
            for each in await client.issues()
            if each["domain"] in PLATFORMS
        ),
    )


async def states(client: Client, inventory: Inventory) -> States:
    """The state of each entity that is shown."""
    shown = await client.states()
    return {
        each.entity_id: str(shown[each.entity_id]["state"])
        for each in inventory.entities
        if each.entity_id in shown
    }


def not_as_before(
    entities: list[Entity], before: States, now: States, outage: Outage
) -> dict[str, str]:
    """Which of these are not back yet, or not as the household left them, and what they show."""
    wrong = {}
    for each in entities:
        was, is_now = before.get(each.entity_id), now.get(each.entity_id, "missing")
        if was is None:
            continue
        lost_its_value = is_now == "unknown" != was and not _may_forget(each, outage)
        turned = each.domain in KEPT_DOMAINS and is_now != was
        if is_now in NOT_THERE or lost_its_value or turned:
            wrong[each.entity_id] = is_now
    return wrong


def _may_forget(entity: Entity, outage: Outage) -> bool:
    if outage.hits(Part.AGENT) and entity.unique_id.endswith(_AGENTS_MEMORY):
        return True
    return entity.domain in _HOMES_MEMORY and _home_forgets(entity.platform, outage)


def _home_forgets(platform: str, outage: Outage) -> bool:
    """It does when it is killed, and what is set up anew while it was unavailable."""
    restarts = outage.hits(Part.HOME)
    killed = any(loss.part is Part.HOME and loss.way is Way.KILLED for loss in outage.losses)
    moved = platform == "hub_agent" and any(loss.way is Way.MOVED for loss in outage.losses)
    return killed or moved or (restarts and len(outage.losses) > 1)


def _entity(registered: Mapping[str, Any]) -> Entity:
    return Entity(
        platform=registered["platform"],
        unique_id=str(registered["unique_id"]),
        entity_id=registered["entity_id"],
        device_id=str(registered["device_id"]),
        entry_id=str(registered["config_entry_id"]),
    )

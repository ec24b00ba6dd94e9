"""What a household asks of its Home Assistant, by name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from tests.home_assistant.rest import Rest
from tests.home_assistant.websocket import WebSocket, websocket

State = dict[str, Any]
T = TypeVar("T")


def is_there(state: str) -> bool:
    """Whether an entity has a state; disabled ones are missing or, until 2025.10, unavailable."""
    return state not in ("missing", "unavailable")


@dataclass(frozen=True, slots=True)
class Client:
    """One connection of a user to a Home Assistant."""

    rest: Rest
    socket: WebSocket

    async def is_running(self) -> bool:
        """Whether everything that it starts with has been set up."""
        return str((await self.rest.get("/api/config"))["state"]) == "RUNNING"

    async def states(self) -> dict[str, State]:
        """The state of each entity, by its id."""
        return {state["entity_id"]: state for state in await self.rest.get("/api/states")}

    async def state(self, entity_id: str) -> str:
        """The state of one entity; `missing` when there is none of that id."""
        state = (await self.states()).get(entity_id)
        return str(state["state"]) if state else "missing"

    async def entities(self, platform: str) -> list[dict[str, Any]]:
        """The registered entities of an integration."""
        entities = await self.socket.command("config/entity_registry/list")
        return [each for each in entities if each["platform"] == platform]

    async def devices(self) -> list[dict[str, Any]]:
        """The registered devices."""
        devices = await self.socket.command("config/device_registry/list")
        return list(devices)

    async def entries(self, domain: str) -> list[dict[str, Any]]:
        """The configuration entries of an integration."""
        entries = await self.socket.command("config_entries/get", domain=domain)
        return list(entries)

    async def issues(self) -> list[dict[str, Any]]:
        """What Home Assistant wants repaired."""
        return list((await self.socket.command("repairs/list_issues"))["issues"])

    async def voices(self, engine: str) -> dict[str, list[str]]:
        """The ids of the voices that the pipeline editor offers, by language."""
        found = await self.socket.command("tts/engine/get", engine_id=engine)
        voices: dict[str, list[str]] = {}
        for language in found["provider"]["supported_languages"]:
            answer = await self.socket.command(
                "tts/engine/voices", engine_id=engine, language=language
            )
            voices[language] = [voice["voice_id"] for voice in answer["voices"] or ()]
        return voices

    async def act(self, action: str, data: Mapping[str, Any] | None = None) -> None:
        """Perform an action such as `tts.speak` and wait until it is done."""
        domain, service = action.split(".")
        await self.rest.post(f"/api/services/{domain}/{service}", data)

    async def ask(self, action: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Perform an action that answers; its answer."""
        domain, service = action.split(".")
        path = f"/api/services/{domain}/{service}?return_response"
        return dict((await self.rest.post(path, data))["service_response"])

    async def actions(self, domain: str) -> dict[str, Any]:
        """The actions of a domain and their fields."""
        actions = await self.socket.command("get_services")
        return dict(actions.get(domain, {}))

    async def diagnostics(self, entry_id: str) -> dict[str, Any]:
        """The diagnostics file of an entry."""
        return dict(await self.rest.get(f"/api/diagnostics/config_entry/{entry_id}"))

    async def set_disabled(self, entry_id: str, *, disabled: bool) -> None:
        """Disable or enable an entry."""
        by = "user" if disabled else None
        await self.socket.command("config_entries/disable", entry_id=entry_id, disabled_by=by)

    async def reload(self, entry_id: str) -> None:
        """Set an entry up anew."""
        await self.rest.post(f"/api/config/config_entries/entry/{entry_id}/reload")

    async def remove(self, entry_id: str) -> None:
        """Remove an entry."""
        await self.rest.delete(f"/api/config/config_entries/entry/{entry_id}")


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[Client]:
    """Connect as a user."""
    async with (
        aiohttp.ClientSession() as session,
        websocket(session, url, token) as socket,
    ):
        yield Client(Rest(session, url, token), socket)


async def eventually(
    look: Callable[[], Awaitable[T]], accept: Callable[[T], object], *, within_s: float = 20.0
) -> T:
    """What `look` sees once it is accepted; fails with what it saw last."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not accept(seen := await look()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"after {within_s:.0f} s: {seen}")
        await asyncio.sleep(0.05)
    return seen

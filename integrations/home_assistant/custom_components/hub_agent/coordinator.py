"""Keeps what is known of one hub as new as the hub tells it; nothing is polled."""

import asyncio
import logging
import random
from dataclasses import replace
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import HubAgentClient, read_document
from .const import API_VERSION, DOMAIN, announcement_signal
from .errors import HubAgentAuthError, HubAgentError
from .models import HubData, HubEvent, State

_LOGGER = logging.getLogger(__name__)

SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0

type HubAgentConfigEntry = ConfigEntry[HubAgentCoordinator]


class HubAgentCoordinator(DataUpdateCoordinator[HubData]):
    """Asks once, then listens."""

    config_entry: HubAgentConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: HubAgentConfigEntry, client: HubAgentClient
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.client = client

    async def async_follow(self) -> None:
        """Listen for ever, with growing pauses where nobody answers."""
        pause_s = SHORTEST_PAUSE_S
        while True:
            try:
                async for event in self.client.events():
                    pause_s = SHORTEST_PAUSE_S
                    await self._take(event)
            except HubAgentAuthError as error:
                self.async_set_update_error(error)
                self.config_entry.async_start_reauth(self.hass)
                return
            except HubAgentError as error:
                self.async_set_update_error(error)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    @callback
    def async_take_state(self, state: State) -> None:
        """Show how things are now."""
        self.async_set_updated_data(replace(self.data, state=state))

    async def _async_update_data(self) -> HubData:
        try:
            await self._check_who_answers()
            return await self._everything(await self.client.state())
        except HubAgentAuthError as error:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="bad_token"
            ) from error
        except HubAgentError as error:
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="cannot_connect"
            ) from error

    async def _check_who_answers(self) -> None:
        hello = await self.client.hello()
        if hello.hub_id != self.config_entry.unique_id:
            raise UpdateFailed(translation_domain=DOMAIN, translation_key="wrong_hub")
        if hello.api != API_VERSION:
            raise UpdateFailed(translation_domain=DOMAIN, translation_key="unsupported_api")

    async def _everything(self, state: State) -> HubData:
        return HubData(
            state=state,
            rooms=await self.client.rooms(),
            announcement_voices=await self.client.voices("announcements"),
            assistant_voices=await self.client.voices("assistant"),
        )

    async def _take(self, event: HubEvent) -> None:
        if event.type == "state":
            await self._take_state(event)
        elif event.type == "announcement":
            signal = announcement_signal(self.config_entry.entry_id)
            async_dispatcher_send(self.hass, signal, event.data)

    async def _take_state(self, event: HubEvent) -> None:
        state = read_document(State.from_json, event.data)
        if state.hub_id != self.config_entry.unique_id:
            raise HubAgentError("another hub answers")
        if state.version != self.data.state.version:
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
        if self.last_update_success and state.lists == self.data.state.lists:
            self.async_take_state(state)
            return
        data = await self._everything(state)
        if not self.last_update_success:
            _LOGGER.info("%s is there again", self.name)
        self.async_set_updated_data(data)

"""Adding a hub: found or typed in, then paired."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .api import HubAgentClient
from .const import API_VERSION, DEFAULT_PORT, DOMAIN
from .errors import HubAgentAuthError, HubAgentError, HubAgentRefusedError
from .models import Hello

PORT: Final = vol.All(vol.Coerce(int), vol.Range(min=1, max=65_535))
PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
ADDRESS_FORM: Final = vol.Schema(
    {vol.Required(CONF_HOST): str, vol.Required(CONF_PORT, default=DEFAULT_PORT): PORT}
)
TOKEN_FORM: Final = vol.Schema({vol.Optional(CONF_TOKEN): PASSWORD})


class HubAgentConfigFlow(ConfigFlow, domain=DOMAIN):
    """Finds out who answers at an address, and gets a token of it."""

    VERSION = 1

    def __init__(self) -> None:
        self._host = ""
        self._port = DEFAULT_PORT
        self._name = ""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """An address that somebody types in."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._host, self._port = user_input[CONF_HOST], user_input[CONF_PORT]
            hello, errors = await self._hello()
            if hello is not None:
                await self.async_set_unique_id(hello.hub_id)
                self._abort_if_unique_id_configured(updates=self._address)
                self._name = hello.name
                return await (self._pair() if hello.pairing else self.async_step_token())
        form = self.add_suggested_values_to_schema(ADDRESS_FORM, user_input)
        return self.async_show_form(step_id="user", data_schema=form, errors=errors)

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """A hub that told the network of itself."""
        hub_id = discovery_info.properties.get("id")
        if not hub_id or discovery_info.port is None:
            return self.async_abort(reason="not_a_hub")
        self._host, self._port = discovery_info.host, discovery_info.port
        known = await self.async_set_unique_id(hub_id)
        moved = known is not None and not await _answers(self.hass, known)
        self._abort_if_unique_id_configured(updates=self._address if moved else None)
        hello, errors = await self._hello()
        if hello is None:
            return self.async_abort(reason=errors["base"])
        if hello.hub_id != hub_id:
            return self.async_abort(reason="not_a_hub")
        self._name = hello.name
        self.context["title_placeholders"] = {"name": hello.name}
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Yes, add it."""
        if user_input is not None:
            return await self._pair()
        self._set_confirm_only()
        return self.async_show_form(step_id="confirm", description_placeholders=self._placeholders)

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The hub does not pair by itself now: its token, or once more with pairing open."""
        return await self._token_step("token", user_input)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The token was renewed on the hub."""
        self._host, self._port = entry_data[CONF_HOST], entry_data[CONF_PORT]
        self._name = self._get_reauth_entry().title
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """The new token, or pair again."""
        return await self._token_step("reauth_confirm", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """The hub is somewhere else now."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._host, self._port = user_input[CONF_HOST], user_input[CONF_PORT]
            hello, errors = await self._hello()
            if hello is not None:
                await self.async_set_unique_id(hello.hub_id)
                self._abort_if_unique_id_mismatch(reason="wrong_hub")
                return self.async_update_reload_and_abort(entry, data_updates=self._address)
        form = self.add_suggested_values_to_schema(ADDRESS_FORM, user_input or entry.data)
        return self.async_show_form(step_id="reconfigure", data_schema=form, errors=errors)

    @property
    def _address(self) -> dict[str, Any]:
        return {CONF_HOST: self._host, CONF_PORT: self._port}

    @property
    def _placeholders(self) -> dict[str, str]:
        return {"name": self._name}

    def _client(self, token: str | None = None) -> HubAgentClient:
        return HubAgentClient(async_get_clientsession(self.hass), self._host, self._port, token)

    async def _hello(self) -> tuple[Hello | None, dict[str, str]]:
        """Who answers, or the form's errors."""
        try:
            hello = await self._client().hello()
        except HubAgentError:
            return None, {"base": "cannot_connect"}
        if hello.api != API_VERSION:
            return None, {"base": "unsupported_api"}
        return hello, {}

    async def _pair(self) -> ConfigFlowResult:
        """Without a question where the hub pairs now."""
        token, errors = await self._new_token()
        return await self._finish(token) if token else self._token_form("token", errors)

    async def _token_step(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            token, errors = await self._checked_token(user_input.get(CONF_TOKEN, "").strip())
            if token:
                return await self._finish(token)
        return self._token_form(step_id, errors)

    def _token_form(self, step_id: str, errors: dict[str, str]) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=TOKEN_FORM,
            errors=errors,
            description_placeholders=self._placeholders,
        )

    async def _checked_token(self, typed: str) -> tuple[str | None, dict[str, str]]:
        """What was typed where the hub takes it; without anything typed, a new one."""
        if not typed:
            return await self._new_token()
        try:
            state = await self._client(typed).state()
        except HubAgentAuthError:
            return None, {CONF_TOKEN: "bad_token"}
        except HubAgentError:
            return None, {"base": "cannot_connect"}
        ours = state.hub_id == self._hub_id
        return (typed, {}) if ours else (None, {"base": "wrong_hub"})

    async def _new_token(self) -> tuple[str | None, dict[str, str]]:
        try:
            return await self._checked_token(await self._client().pair())
        except HubAgentRefusedError:
            return None, {"base": "pairing_closed"}
        except HubAgentError:
            return None, {"base": "cannot_connect"}

    @property
    def _hub_id(self) -> str | None:
        return (
            self._get_reauth_entry().unique_id if self.source == SOURCE_REAUTH else self.unique_id
        )

    async def _finish(self, token: str) -> ConfigFlowResult:
        if self.source == SOURCE_REAUTH:
            entry = self._get_reauth_entry()
            return self.async_update_reload_and_abort(entry, data_updates={CONF_TOKEN: token})
        return self.async_create_entry(title=self._name, data={**self._address, CONF_TOKEN: token})


async def _answers(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Whether a hub is where it was: then nobody gets its token by claiming to be it elsewhere."""
    session, data = async_get_clientsession(hass), entry.data
    try:
        hello = await HubAgentClient(session, data[CONF_HOST], data[CONF_PORT]).hello()
    except HubAgentError:
        return False
    return hello.hub_id == entry.unique_id

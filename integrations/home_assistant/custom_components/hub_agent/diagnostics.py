"""A report to send along with a problem: of what is listed here, and nothing else."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .coordinator import HubAgentConfigEntry
from .errors import HubAgentError
from .models import HubData

STATE_KEYS: Final = (
    "version",
    "status",
    "volume",
    "quiet",
    "engine",
    "waiting",
    "ttfa_ms",
    "vault",
    "family_voices",
    "consents_ending",
    "integrations",
    "ready",
    "engines_missing",
)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: HubAgentConfigEntry
) -> dict[str, Any]:
    """No names, no texts, no token, no address."""
    coordinator = entry.runtime_data
    return {
        "available": coordinator.last_update_success,
        "state": _allowed(asdict(coordinator.data.state)),
        "counts": _counts(coordinator.data),
        "hub": await _report_of_hub(entry),
    }


def _allowed(state: dict[str, Any]) -> dict[str, Any]:
    return {key: state[key] for key in STATE_KEYS}


def _counts(data: HubData) -> dict[str, int]:
    return {
        "rooms": len(data.rooms),
        "announcement_voices": len(data.announcement_voices),
        "assistant_voices": len(data.assistant_voices),
        "greeting_planned": int(data.state.next_greeting is not None),
    }


async def _report_of_hub(entry: HubAgentConfigEntry) -> dict[str, Any]:
    """The hub's own allow-list."""
    try:
        return await entry.runtime_data.client.diagnostics()
    except HubAgentError as error:
        return {"error": type(error).__name__}

"""What the household should know or mend, as Home Assistant's repairs show it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_TTS_CACHE_EXPLAINED, DOCUMENTATION, DOMAIN
from .coordinator import HubAgentConfigEntry
from .models import State

TTS_CACHE: Final = "tts_cache"
KEYS: Final = ("broker_unreachable", "consent_ending", "engine_missing", TTS_CACHE)


@dataclass(frozen=True, slots=True)
class _Issue:
    placeholders: dict[str, str] = field(default_factory=dict)
    fixable: bool = False


@callback
def async_show_issues(hass: HomeAssistant, entry: HubAgentConfigEntry, state: State) -> None:
    """Raise those that are, and take back those that are no more."""
    there = dict(_issues(entry, state))
    for key in KEYS:
        if key in there:
            _create(hass, entry, key, there[key])
        else:
            ir.async_delete_issue(hass, DOMAIN, _id(key, entry))


@callback
def async_forget_issues(hass: HomeAssistant, entry: HubAgentConfigEntry) -> None:
    """Take all of a hub's back."""
    for key in KEYS:
        ir.async_delete_issue(hass, DOMAIN, _id(key, entry))


def _issues(entry: HubAgentConfigEntry, state: State) -> Iterator[tuple[str, _Issue]]:
    if state.integrations.get("mqtt") is False:
        yield "broker_unreachable", _Issue()
    if state.consents_ending:
        date = state.consent_ends.isoformat() if state.consent_ends else "?"
        yield "consent_ending", _Issue({"count": str(state.consents_ending), "date": date})
    if state.engines_missing:
        yield "engine_missing", _Issue({"engines": ", ".join(state.engines_missing)})
    if state.family_voices and not entry.options.get(CONF_TTS_CACHE_EXPLAINED):
        yield TTS_CACHE, _Issue(fixable=True)


def _create(hass: HomeAssistant, entry: HubAgentConfigEntry, key: str, issue: _Issue) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        _id(key, entry),
        data={"entry_id": entry.entry_id},
        is_fixable=issue.fixable,
        learn_more_url=f"{DOCUMENTATION}#{key.replace('_', '-')}",
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"name": entry.title, **issue.placeholders},
    )


def _id(key: str, entry: HubAgentConfigEntry) -> str:
    return f"{key}_{entry.entry_id}"

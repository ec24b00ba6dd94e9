"""Names and numbers that several modules share."""

from typing import Final

DOMAIN: Final = "hub_agent"
API_VERSION: Final = 1
DEFAULT_PORT: Final = 8731
MANUFACTURER: Final = "Hub Agent"
MODEL: Final = "Home hub"
ALL_ROOMS: Final = "all"
DOCUMENTATION: Final = "https://hub-agent.example/home-assistant"

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
CONF_TTS_CACHE_EXPLAINED: Final = "tts_cache_explained"
"""Entry option: the household was told what Home Assistant keeps of speech."""

PURPOSES: Final = ("announcements", "greetings", "assistant", "toys", "stories")
PRIORITIES: Final = ("low", "normal", "high", "critical")
INTERRUPTS: Final = ("resume", "restart", "drop")
STATUSES: Final = ("idle", "speaking", "quiet")
VAULT_STATES: Final = ("none", "locked", "unlocked")
EVENT_TYPES: Final = (
    "queued",
    "started",
    "first_audio",
    "interrupted",
    "finished",
    "refused",
    "dropped",
    "failed",
)


def announcement_signal(entry_id: str) -> str:
    """The dispatcher's signal on which the steps of announcements of one hub go out."""
    return f"{DOMAIN}_{entry_id}_announcement"

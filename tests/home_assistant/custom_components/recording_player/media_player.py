"""The entity: downloads as a player does, notes when the bytes came, keeps the file."""

import time
from pathlib import Path
from typing import Any

from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    async_process_play_media_url,
)
from homeassistant.components.media_source import async_resolve_media, is_media_source_id
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddEntitiesCallback

FINISHED = "recording_player_finished"


async def async_setup_platform(
    _hass: HomeAssistant,
    _config: dict[str, Any],
    async_add_entities: AddEntitiesCallback,
    _discovery_info: dict[str, Any] | None = None,
) -> None:
    """One player."""
    async_add_entities([RecordingPlayer()])


class RecordingPlayer(MediaPlayerEntity):
    """Fires `recording_player_finished` with the arrivals, in seconds of CLOCK_MONOTONIC."""

    _attr_name = "Recorder"
    _attr_unique_id = "recorder"
    _attr_should_poll = False
    _attr_state = MediaPlayerState.IDLE
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
    )

    async def async_play_media(self, media_type: str, media_id: str, **kwargs: Any) -> None:
        """Download it to the end."""
        del media_type, kwargs
        called = time.monotonic()
        if is_media_source_id(media_id):
            media_id = (await async_resolve_media(self.hass, media_id, self.entity_id)).url
        url = async_process_play_media_url(self.hass, media_id)
        arrivals, body, status = await self._download(url)
        recorded = Path(self.hass.config.path("recorded"))
        await self.hass.async_add_executor_job(recorded.write_bytes, body)
        self.hass.bus.async_fire(
            FINISHED, {"called": called, "arrivals": arrivals, "status": status, "url": url}
        )

    async def _download(self, url: str) -> tuple[list[tuple[float, int]], bytes, int]:
        arrivals: list[tuple[float, int]] = []
        body = bytearray()
        async with async_get_clientsession(self.hass).get(url) as answer:
            async for piece in answer.content.iter_any():
                body += piece
                arrivals.append((time.monotonic(), len(body)))
            return arrivals, bytes(body), answer.status

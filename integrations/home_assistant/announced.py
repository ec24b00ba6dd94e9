"""What Home Assistant has been told of, so that it can be told what is there no more. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from integrations.home_assistant.entity import DEVICE_PLATFORMS, Entity

MAX_REMEMBERED_BYTES: Final = 262_144
"""The longest earlier message that is read: larger than any of ours."""


class Announced:
    """Components of the device by key, with their platforms."""

    def __init__(self) -> None:
        self._platforms: dict[str, str] = {}

    def remember(self, earlier_message: bytes) -> None:
        """Add what the broker kept of an earlier run, whatever it is."""
        for key, platform in _components(earlier_message).items():
            self._platforms.setdefault(key, platform)

    def tell(self, entities: Iterable[Entity]) -> Mapping[str, str]:
        """These are told of now; returns what was before and is not among them."""
        now = {entity.key: entity.platform for entity in entities}
        self._platforms |= now
        return {key: self._platforms[key] for key in self._platforms.keys() - now.keys()}

    def forget(self, gone: Iterable[str]) -> None:
        """Home Assistant has removed these."""
        for key in gone:
            self._platforms.pop(key, None)


def _components(message: bytes) -> dict[str, str]:
    """Of a device's message; what is only a removal (`{"p": …}`) is no component."""
    try:
        document = json.loads(message) if len(message) <= MAX_REMEMBERED_BYTES else None
    except (ValueError, RecursionError):
        return {}
    components = document.get("components") if isinstance(document, dict) else None
    return {
        key: config["p"]
        for key, config in (components if isinstance(components, dict) else {}).items()
        if isinstance(config, dict) and len(config) > 1 and str(config.get("p")) in DEVICE_PLATFORMS
    }

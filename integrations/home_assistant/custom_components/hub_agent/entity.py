"""What all entities of a hub share."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN, MANUFACTURER, MODEL
from .coordinator import HubAgentCoordinator
from .errors import HubAgentAuthError, HubAgentBusyError, HubAgentError, HubAgentRefusedError
from .models import State


class HubAgentEntity(CoordinatorEntity[HubAgentCoordinator]):
    """Something of one hub; its description's key is its name in translations and icons."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: HubAgentCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{entry.unique_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, str(entry.unique_id))},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model=MODEL,
            name=entry.title,
            sw_version=self.hub.version,
        )

    @property
    def hub(self) -> State:
        """How things are with the hub."""
        return self.coordinator.data.state

    async def prefer(self, **changes: object) -> None:
        """Turn a preference of the household."""
        with errors_shown():
            state = await self.coordinator.client.prefer(changes)
        self.coordinator.async_take_state(state)


@contextmanager
def errors_shown() -> Iterator[None]:
    """What a hub answers, as Home Assistant shows it to whoever asked."""
    try:
        yield
    except HubAgentError as error:
        kind = (
            ServiceValidationError
            if isinstance(error, HubAgentRefusedError)
            else HomeAssistantError
        )
        raise kind(
            translation_domain=DOMAIN,
            translation_key=_translation_key(error),
            translation_placeholders={"message": str(error), "reason": str(error.reason)},
        ) from error


def _translation_key(error: HubAgentError) -> str:
    match error:
        case HubAgentRefusedError():
            return "refused"
        case HubAgentAuthError():
            return "bad_token"
        case HubAgentBusyError():
            return "busy"
        case HubAgentError(reason=None):
            return "cannot_connect"
        case _:
            return "failed"

"""What is published for Home Assistant at one message bus."""

from hub_agent.integration import AgentPort
from hub_agent.message_bus import MessageBus
from integrations.home_assistant.announced import Announced
from integrations.home_assistant.controls import TIME, is_greeting
from integrations.home_assistant.discovery import (
    Device,
    device_entities,
    device_message,
    encoded,
    single_entities,
    single_message,
)
from integrations.home_assistant.settings import HomeAssistantSettings
from integrations.home_assistant.topics import DiscoveryTopics
from integrations.home_assistant.voice_choices import voice_choices


class Announcer:
    """Knows what it has published, and what was published before."""

    def __init__(self, settings: HomeAssistantSettings, agent: AgentPort, bus: MessageBus) -> None:
        self._name = settings.name
        self._agent = agent
        self._bus = bus
        self._announced = Announced()
        self._said: dict[str, bytes] = {}
        self.topics = DiscoveryTopics(settings.discovery_prefix, agent.agent_id)

    def remember(self, earlier_message: bytes) -> None:
        """This is what the broker has kept for the device."""
        self._announced.remember(earlier_message)

    def announce(self, *, again: bool) -> frozenset[str]:
        """Publish what is new, or all; returns the components that are said to be gone."""
        if again:
            self._said.clear()
        device = self._device()
        entities = device_entities(device)
        gone = self._announced.tell(entities)
        for key in filter(is_greeting, gone):
            self._say(self.topics.single(TIME, key), b"")
        for entity in single_entities(device):
            topic = self.topics.single(entity.platform, entity.key)
            self._say(topic, encoded(single_message(device, entity)))
        self._say(self.topics.device, encoded(device_message(device, entities, gone=gone)))
        return frozenset(gone)

    def forget(self, gone: frozenset[str]) -> None:
        """Do not say of these any longer that they are gone."""
        self._announced.forget(gone)

    def _device(self) -> Device:
        return Device(
            agent_id=self._agent.agent_id,
            name=self._name,
            base_topic=self._bus.base_topic,
            rooms=self._agent.rooms(),
            voices=voice_choices(self._agent),
            greetings=self._agent.greetings(),
        )

    def _say(self, topic: str, payload: bytes) -> None:
        if self._said.get(topic) != payload:
            self._said[topic] = payload
            self._bus.publish(topic, payload, retain=True)

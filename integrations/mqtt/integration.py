"""The adapter as the agent runs it: the link, what it takes in and what it gives out."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Awaitable, Mapping
from typing import Any

from hub_agent.agent_topics import AgentTopics
from hub_agent.announcement import AnnouncementEvent
from hub_agent.errors import BrokerError, RefusedError
from hub_agent.integration import AgentPort
from hub_agent.state_report import state_fields
from integrations.mqtt.bus import Bus
from integrations.mqtt.codec import event_payload, is_final
from integrations.mqtt.hermes import AwaitedAnswers, finished_payload
from integrations.mqtt.intake import Incoming, Intake
from integrations.mqtt.link import LinkOptions, MqttLink
from integrations.mqtt.outbox import Outbox, Outgoing
from integrations.mqtt.report import (
    ALWAYS_CHANGING,
    HEALTH_GAP_S,
    HEALTH_PERIOD_S,
    STATE_GAP_S,
    STATE_PERIOD_S,
    RetainedReport,
)
from integrations.mqtt.retry import OutageLog, ReconnectPauses
from integrations.mqtt.settings import MqttSettings
from integrations.mqtt.tls import tls_context
from integrations.mqtt.topics import HERMES_SAY_FINISHED
from integrations.mqtt.wire import Connection

FLUSH_S = 2.0
"""How long a stop waits for the broker to take what is in the outbox."""


class MqttIntegration:
    """Announcements from a broker, their events back to it."""

    def __init__(
        self,
        settings: MqttSettings,
        agent: AgentPort,
        *,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings = settings
        self._agent = agent
        self._env = env
        self._topics = AgentTopics(settings.base_topic)
        self._awaited = AwaitedAnswers()
        self._intake = Intake(settings, agent, self._awaited)
        self._outbox = Outbox()
        self._health = RetainedReport(
            self._topics.health,
            self._read_health,
            period_s=HEALTH_PERIOD_S,
            least_gap_s=HEALTH_GAP_S,
            slow=ALWAYS_CHANGING,
        )
        self._state = RetainedReport(
            self._topics.state,
            self._read_state,
            period_s=STATE_PERIOD_S,
            least_gap_s=STATE_GAP_S,
        )
        self._link = self._new_link()
        self._bus = Bus(
            settings.base_topic, self._outbox, is_connected=self.ready, refresh=self._repeat
        )

    async def run(self) -> None:
        """See `Integration.run`."""
        with contextlib.ExitStack() as ends:
            ends.callback(self._agent.listen(self._take_event))
            ends.callback(self._agent.watch(self._state.look_again))
            ends.callback(self._agent.exchange.watch(self._state.look_again))
            ends.callback(self._agent.exchange.offer(self._bus))
            await self._link.run(self._serve)

    def ready(self) -> bool:
        """See `Integration.ready`."""
        return self._link.connected

    def _new_link(self) -> MqttLink:
        settings = self._settings
        options = LinkOptions(
            settings=settings,
            client_id=settings.client_id_for(self._agent.agent_id),
            availability_topic=self._topics.availability,
            topics=self._intake.topics(),
            receive=self._receive,
            password=self._password,
            tls=self._tls,
        )
        return MqttLink(
            options,
            clock=self._agent.clock,
            pauses=ReconnectPauses(settings.reconnect),
            outages=OutageLog(f"{settings.host}:{settings.port_in_use()}"),
        )

    def _password(self) -> str | None:
        from hub_agent.settings.secret_file import read_secret

        return read_secret(self._settings.password, self._settings.password_file, env=self._env)

    def _tls(self) -> ssl.SSLContext | None:
        return tls_context(self._settings.tls) if self._settings.tls.enabled else None

    async def _serve(self, connection: Connection) -> None:
        """Publish until the connection breaks; when stopped, what is left first."""
        async with asyncio.TaskGroup() as group:
            jobs = [
                group.create_task(_fault_of(job), name=f"mqtt.{name}")
                for name, job in self._jobs(connection).items()
            ]
            try:
                done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                await self._flush()
                raise
            for job in jobs:
                job.cancel()
        raise done.pop().result()

    def _jobs(self, connection: Connection) -> dict[str, Awaitable[None]]:
        return {
            "loss": connection.lost(),
            "outbox": self._outbox.pump(connection.publish),
            "bus": self._bus.serve(connection),
            "health": self._health.run(connection.publish),
            "state": self._state.run(connection.publish),
        }

    async def _flush(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self._outbox.emptied()

    def _receive(self, message: Incoming) -> None:
        if not self._bus.hear(message):
            self._intake.take(message)

    def _take_event(self, event: AnnouncementEvent) -> None:
        final = is_final(event)
        self._outbox.put(
            Outgoing(
                topic=self._topics.event,
                payload=event_payload(event),
                qos=1 if final else 0,
                result=final,
            )
        )
        if final:
            self._answer_hermes(event.id)
        self._health.look_again()
        self._state.look_again()

    def _answer_hermes(self, announcement_id: str) -> None:
        request = self._awaited.pop(announcement_id)
        if request is not None:
            payload = finished_payload(request)
            self._outbox.put(Outgoing(topic=HERMES_SAY_FINISHED, payload=payload, result=True))

    def _repeat(self) -> None:
        self._health.repeat()
        self._state.repeat()

    def _read_state(self) -> Mapping[str, Any]:
        fields = state_fields(self._agent)
        del fields["hub_id"]
        voice = fields["voice"]
        greetings = {
            each.name: {"time": f"{each.time:%H:%M}", "enabled": each.enabled}
            for each in self._agent.greetings()
        }
        return fields | {"voice_name": voice and voice["name"], "greetings": greetings}

    def _read_health(self) -> Mapping[str, Any]:
        mqtt = self._intake.counts.as_dict() | {
            "events_waiting": len(self._outbox),
            "events_published": self._outbox.published,
            "events_dropped": self._outbox.dropped,
            "connections": self._link.connections,
        }
        return dict(self._agent.health()) | {"mqtt": mqtt}


async def _fault_of(job: Awaitable[None]) -> BrokerError | RefusedError:
    try:
        await job
    except (BrokerError, RefusedError) as fault:
        return fault
    return BrokerError("the connection was closed")

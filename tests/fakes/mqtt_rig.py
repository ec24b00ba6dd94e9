"""The MQTT adapter running against a broker, watched by asyncio's debug mode and blockbuster."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from blockbuster import blockbuster_ctx

from integrations.mqtt.integration import MqttIntegration
from integrations.mqtt.settings import MqttSettings, ReconnectSettings
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.broker import HOST, eventually

QUICK = ReconnectSettings(min_s=0.05, max_s=0.2, refused_s=0.2)


def settings_for(port: int, **more: Any) -> MqttSettings:
    """Settings for a test broker, with short waits."""
    return MqttSettings.model_validate(
        {"enabled": True, "host": HOST, "port": port, "reconnect": QUICK} | more
    )


@contextlib.asynccontextmanager
async def running(
    settings: MqttSettings, agent: ScriptedAgentPort, *, wait: bool = True, watched: bool = True
) -> AsyncIterator[MqttIntegration]:
    """The adapter at work; on leaving it is stopped as the agent stops it.

    `watched`: in asyncio's debug mode and under blockbuster, which is several times slower.
    """
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    loop.set_debug(watched)
    with blockbuster_ctx("integrations") if watched else contextlib.nullcontext():
        integration = MqttIntegration(settings, agent, env={})
        work = asyncio.ensure_future(integration.run())
        try:
            if wait:
                await eventually(integration.ready)
            yield integration
        finally:
            await stopped(work)
    await asyncio.sleep(0)
    assert complaints == []
    assert agent.num_listeners == 0


async def stopped(work: "asyncio.Future[None]") -> None:
    """Cancel, and wait until it is over; errors of the adapter come out here."""
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work

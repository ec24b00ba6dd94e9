"""Checks of whom the agent talks to: the broker, and the agent itself if it runs."""

import asyncio
import socket
from pathlib import Path
from typing import Any, Final

from hub_agent.cli.checkup import Check, failed, ok, warn
from hub_agent.control.client import ControlClient
from hub_agent.errors import HubAgentError
from hub_agent.settings.settings import Settings

CONNECT_TIMEOUT_S: Final = 5.0
BROKER_SECTION: Final = "mqtt"


def check_agent(data_dir: Path) -> Check:
    """Whether an agent runs here, and is well."""
    client = ControlClient(data_dir)
    try:
        if not asyncio.run(client.running()):
            return ok("agent", "not running; start it with `hub-agent run`")
        health = asyncio.run(client.health())
    except HubAgentError as error:
        return warn("agent", str(error), error.hint)
    state = "ready" if health.get("ready") else "not ready"
    return ok("agent", f"running for {health.get('uptime_s', 0):.0f} s, {state}")


def check_broker(settings: Settings) -> Check:
    """Whether the broker of the settings lets us in."""
    section: Any = settings.integrations.get(BROKER_SECTION)
    if section is None or not section.enabled:
        return ok("broker", "mqtt is not enabled")
    host, port = section.host, section.port_in_use()
    try:
        socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S).close()
    except OSError as error:
        return _unreachable(host, port, error)
    return _check_login(section)


def _unreachable(host: str, port: int, error: OSError) -> Check:
    where = f"{host} port {port}"
    if isinstance(error, socket.gaierror):
        return failed("broker", f"no such host: {host}", f"getent hosts {host}")
    if isinstance(error, ConnectionRefusedError):
        if host in ("localhost", "127.0.0.1", "::1"):
            mend = "sudo apt-get install mosquitto && sudo systemctl enable --now mosquitto"
        else:
            mend = f"ssh {host} systemctl status mosquitto"
        return failed("broker", f"nothing listens on {where}", mend)
    return failed("broker", f"{where} does not answer", f"ping -c 3 {host}")


def _check_login(section: Any) -> Check:
    from hub_agent.cli.broker_login import log_in

    try:
        log_in(section)
    except HubAgentError as error:
        return failed("broker", str(error), error.hint or "hub-agent config show")
    return ok("broker", f"connected to {section.host} port {section.port_in_use()}")

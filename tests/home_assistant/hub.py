"""The agent of a household, beside its Home Assistant: a kitchen, a hall, and a grandmother."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from integrations.web.settings import WebSettings
from integrations.wyoming.settings import PORTS
from tests.bench.rig.agent import AgentProcess
from tests.bench.rig.ports import HOST, wait_until_listens
from tests.fakes.house import House
from tests.fakes.household import scope
from voices.purpose import Purpose

CUSTOM_INTEGRATION: Final = (
    Path(__file__).parents[2] / "integrations/home_assistant/custom_components/hub_agent"
)
AGENT_ID = "hub"
FAMILY_VOICE = "grandma"
ROOMS = ("hall", "kitchen")
LANGUAGE = "en"
_USUAL_PORTS = {"web": WebSettings().port, "wyoming": PORTS[0]}
_LISTEN_TIMEOUT_S = 20.0


class Hub:
    """A real agent with a vault; entering starts it. Its sound goes nowhere, in real time."""

    def __init__(self, folder: Path, broker_port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._agent: AgentProcess | None = None
        house = House(folder)
        house.renew(scope(None, Purpose.ANNOUNCEMENTS, Purpose.ASSISTANT))
        house.household.lock()
        paced = {"sinks": [{"type": "null", "paced": True}]}
        self.settings: dict[str, Any] = {
            "agent_id": AGENT_ID,
            "data_dir": str(folder / "data"),
            "vault": {"key_file": str(folder / "keys" / "vault.key")},
            "rooms": dict.fromkeys(ROOMS, paced),
            "wyoming": {"languages": [LANGUAGE]},
            "log": {"format": "json"},
        }
        if broker_port is not None:
            self.settings["mqtt"] = {"enabled": True, "host": HOST, "port": broker_port}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self, changes: Mapping[str, Any] | None = None) -> None:
        """Start it, with changed sections of the settings, and wait until it serves."""
        self.settings |= changes or {}
        self._agent = AgentProcess(self._folder, self.settings)
        self._agent.__enter__()
        for service in ("web", "wyoming"):
            assert wait_until_listens(self.port(service), _LISTEN_TIMEOUT_S), service

    def stop(self) -> None:
        """Ask it to leave, and wait."""
        if self._agent is not None:
            self._agent.__exit__()
            self._agent = None

    def kill(self) -> None:
        """As a power cut does it."""
        if self._agent is not None:
            self._agent.process.kill()
            self.stop()

    def restart(self, changes: Mapping[str, Any] | None = None) -> None:
        """Stop and start it, with changed sections of the settings."""
        self.stop()
        self.start(changes)

    def port(self, service: str) -> int:
        """Where `web` or `wyoming` listens."""
        return int(self.settings.get(service, {}).get("port", _USUAL_PORTS[service]))

    @property
    def log(self) -> Path:
        """What it logged."""
        return self._folder / "agent.log"

"""Integrations for tests of the settings, without entry points."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from hub_agent.errors import NotFoundError
from hub_agent.integration import AgentPort, Integration, IntegrationPlugin
from hub_agent.settings.base import Section


class RadioTlsSettings(Section):
    """Encryption of the fake."""

    enabled: bool = Field(default=False, title="Enabled", description="Encrypt")
    insecure: bool = Field(default=False, title="Insecure", description="Do not check the peer")

    @model_validator(mode="after")
    def _needs_encryption(self) -> Self:
        if self.insecure and not self.enabled:
            raise ValueError("`insecure` needs `enabled`")
        return self


class RadioSettings(Section):
    """A protocol that nobody speaks."""

    enabled: bool = Field(default=False, title="Enabled", description="Speak it")
    host: str = Field(default="localhost", min_length=1, title="Host", description="The peer")
    station: int | str = Field(default=1, title="Station", description="Number or name")
    mode: Literal["am", "fm"] | None = Field(default=None, title="Mode", description="Modulation")
    password: SecretStr | None = Field(default=None, title="Password", description="At the peer")
    password_file: Path | None = Field(default=None, title="Password file", description="Its file")
    tls: RadioTlsSettings = Field(default=RadioTlsSettings(), title="TLS", description="Encryption")
    presets: dict[str, float] = Field(default={}, title="Presets", description="Stations by name")


class TalkativeSettings(BaseModel):
    """A plugin that is careless with values in its errors."""

    enabled: bool = False
    phrase: str = ""

    @model_validator(mode="before")
    @classmethod
    def _quote(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("phrase"):
            raise ValueError(f"cannot use {data['phrase']}")
        return data


def _never(_settings: Any, _agent: AgentPort) -> Integration:
    raise AssertionError("settings never start an integration")


class FakePlugins:
    """Plugins by name; remembers which were loaded. A name without model cannot be imported."""

    def __init__(self, models: Mapping[str, type[BaseModel] | None] | None = None) -> None:
        self.models = {"radio": RadioSettings} if models is None else dict(models)
        self.loaded: list[str] = []

    def names(self) -> Sequence[str]:
        return sorted(self.models)

    def load(self, name: str) -> IntegrationPlugin:
        self.loaded.append(name)
        model = self.models[name]
        if model is None:
            raise NotFoundError("cannot be loaded (ModuleNotFoundError)")
        return IntegrationPlugin(settings=model, create=_never)

"""The section `mqtt` of the settings."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from hub_agent.settings.base import Section

DEFAULT_PORT = 1883
DEFAULT_TLS_PORT = 8883
MAX_TOPIC_CHARS = 200
CLIENT_ID_SUFFIX = "-mqtt"

ProtocolName = Literal["auto", "5", "3.1.1"]


def _publishable(topic: str) -> str:
    if (
        re.search(r"[+#\x00-\x1f\x7f]", topic)
        or topic.startswith(("/", "$"))
        or topic.endswith("/")
    ):
        raise ValueError(
            "must be a topic without wildcards, `$` or `/` at its start, `/` at its end"
        )
    return topic


TopicName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_TOPIC_CHARS),
    AfterValidator(_publishable),
]
SiteId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class MqttTlsSettings(Section):
    """Encryption, and who the broker and the agent are to each other."""

    enabled: bool = Field(default=False, title="Enabled", description="Speak TLS with the broker")
    ca_file: Path | None = Field(
        default=None,
        title="Authority",
        description="PEM file of the authority that signed the broker; none: the system's",
    )
    cert_file: Path | None = Field(
        default=None,
        title="Client certificate",
        description="PEM file with the agent's own certificate, where the broker asks for one",
    )
    key_file: Path | None = Field(
        default=None,
        title="Client key",
        description="PEM file with its key; none: the key is in the certificate's file",
    )
    insecure: bool = Field(
        default=False,
        title="Insecure",
        description="Do not check who the broker is; only for trying things out",
    )

    @model_validator(mode="after")
    def _key_has_certificate(self) -> Self:
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("`key_file` needs `cert_file`")
        return self


class HermesSettings(Section):
    """Rhasspy's protocol: `hermes/tts/say` is spoken and answered with `hermes/tts/sayFinished`."""

    enabled: bool = Field(
        default=True, title="Enabled", description="Speak what comes on `hermes/tts/say`"
    )
    site_ids: tuple[SiteId, ...] = Field(
        default=("default",),
        min_length=1,
        max_length=64,
        title="Sites",
        description="Site ids that are ours; one that names a room speaks there, any other in the "
        "default room",
    )


class WallpanelSettings(Section):
    """Commands as wall panels take them: `{"speak": "text", "volume": 40}`."""

    enabled: bool = Field(default=True, title="Enabled", description="Speak wall panel commands")
    topic: TopicName = Field(
        default="wallpanel/hub_agent/command", title="Topic", description="Where commands come"
    )


class ReconnectSettings(Section):
    """How long to wait before the broker is tried again; tried for ever."""

    min_s: float = Field(
        default=1.0, gt=0, le=60, title="Shortest", description="Wait after the first failure (s)"
    )
    max_s: float = Field(
        default=15.0, gt=0, le=3600, title="Longest", description="Longest wait (s)"
    )
    refused_s: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        title="After a refusal",
        description="Wait after the broker refused user, password or certificate (s)",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_s < self.min_s:
            raise ValueError("`max_s` must not be less than `min_s`")
        return self


class MqttSettings(Section):
    """The broker, and what the agent does there."""

    enabled: bool = Field(default=True, title="Enabled", description="Connect to an MQTT broker")
    host: str = Field(
        default="localhost",
        min_length=1,
        max_length=255,
        title="Host",
        description="Name or address of the broker",
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        title="Port",
        description="Port of the broker; none: 1883, or 8883 with TLS",
    )
    username: str | None = Field(
        default=None, title="User", description="User name at the broker; none: anonymous"
    )
    password: SecretStr | None = Field(
        default=None, title="Password", description="Password at the broker; better in a file"
    )
    password_file: Path | None = Field(
        default=None,
        title="Password file",
        description="File that holds the password, read at every connection",
    )
    base_topic: TopicName = Field(
        default="hub_agent",
        title="Base topic",
        description="Topics are `<base>/speak`, `/stop`, `/voice/set`, `/volume/set`, "
        "`/quiet/set`, `/event`, `/state`, `/health`, `/availability`",
    )
    client_id: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,128}$")] | None = Field(
        default=None,
        title="Client id",
        description="Must be unique at the broker; none: the agent's id with `-mqtt`",
    )
    protocol: ProtocolName = Field(
        default="auto",
        title="Protocol",
        description="MQTT version; auto: 5, and 3.1.1 where the broker does not know 5",
    )
    keepalive_s: int = Field(
        default=20,
        ge=5,
        le=3600,
        title="Keep-alive",
        description="A silent loss of the connection shows within 1.5 times this (s)",
    )
    session_expiry_s: int = Field(
        default=3600,
        ge=0,
        le=604_800,
        title="Session expiry",
        description="How long the broker keeps announcements while the agent is away (s, MQTT 5)",
    )
    max_payload_bytes: int = Field(
        default=8192,
        ge=256,
        le=262_144,
        title="Largest message",
        description="Longer ones are refused (bytes)",
    )
    tls: MqttTlsSettings = Field(
        default=MqttTlsSettings(), title="TLS", description="Encryption and certificates"
    )
    hermes: HermesSettings = Field(
        default=HermesSettings(), title="Hermes", description="Rhasspy's protocol"
    )
    wallpanel: WallpanelSettings = Field(
        default=WallpanelSettings(), title="Wall panel", description="Wall panel commands"
    )
    reconnect: ReconnectSettings = Field(
        default=ReconnectSettings(), title="Reconnect", description="Waits between attempts"
    )

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("give `password` or `password_file`, not both")
        if self.username is None and (self.password or self.password_file):
            raise ValueError("a password needs `username`")
        return self

    def port_in_use(self) -> int:
        """The port, after the default for TLS or none."""
        if self.port is not None:
            return self.port
        return DEFAULT_TLS_PORT if self.tls.enabled else DEFAULT_PORT

    def client_id_for(self, agent_id: str) -> str:
        """The client id, after the default: stable, or the broker would forget our session."""
        return self.client_id or agent_id + CLIENT_ID_SUFFIX

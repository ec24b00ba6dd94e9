"""Settings of the engines: one section for each that has any, under the engine's name."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from hub_agent.settings.base import Expected, Section, UserPath, wrong
from hub_agent.settings.gpt_sovits import GptSovitsSettings

ServerLanguage = Literal["en", "zh", "ja", "ko", "yue"]
"""What GPT-SoVITS can read, in its own words; `zh` is Mandarin with English in it."""


def _server_url(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise _no_address()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise _no_address() from None
    if not usable:
        raise _no_address()
    if parts.username is not None or parts.query or parts.fragment:
        raise wrong("holds more than host, port and path", suggestion="put a secret in token_file")
    return text.rstrip("/")


def _no_address() -> PydanticCustomError:
    return wrong("is no address", suggestion="for example http://192.168.1.20:9880")


ServerUrl = Annotated[str, AfterValidator(_server_url), Expected("http:// or https:// address")]
VoiceKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$"),
    Expected("the id of a family voice"),
]
HeaderName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$"),
    Expected("the name of a header"),
]
ServerPath = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class ServerVoiceSettings(Section):
    """A person's voice on the server. The files lie there, not here."""

    reference: ServerPath = Field(
        title="Reference",
        description="Path on the server of a recording of this person, 3 to 10 seconds",
    )
    more_references: tuple[ServerPath, ...] = Field(
        default=(),
        max_length=16,
        title="More references",
        description="Paths on the server of more recordings of the same person, for the timbre",
    )
    text: str = Field(
        default="",
        max_length=500,
        title="Text",
        description="What is said in the reference, word for word; without it speech is less alike",
    )
    language: ServerLanguage | None = Field(
        default=None,
        title="Language",
        description="Language of the reference; none: the one the voice was enrolled in",
    )
    gpt_weights: ServerPath | None = Field(
        default=None,
        title="GPT weights",
        description="Path on the server of this person's own `.ckpt`; none: what is loaded there",
    )
    sovits_weights: ServerPath | None = Field(
        default=None,
        title="SoVITS weights",
        description="Path on the server of this person's own `.pth`; none: what is loaded there",
    )


class GptSovitsServerSettings(Section):
    """A GPT-SoVITS server (`api_v2.py`) of your own. Text and voice leave this machine for it."""

    url: ServerUrl | None = Field(
        default=None,
        title="Address",
        description="Of the server, for example http://192.168.1.20:9880. What is said goes there "
        "as text, comes back as the person's voice, and the server prints it on its console: "
        "use a machine that the family owns",
    )
    plain_http_anywhere: bool = Field(
        default=False,
        title="Plain HTTP anywhere",
        description="Allow http:// to addresses outside the home; anybody on the way can read it",
    )
    ca_file: UserPath | None = Field(
        default=None,
        title="Authority",
        description="PEM file of the authority that signed the server; none: the system's",
    )
    token: SecretStr | None = Field(
        default=None, title="Token", description="What a proxy asks for; better in a file"
    )
    token_file: Path | None = Field(
        default=None,
        title="Token file",
        description="File that holds the token, or a systemd credential's name",
    )
    token_header: HeaderName = Field(
        default="Authorization",
        title="Token header",
        description="Header the token is sent in; `Bearer` stands before it in `Authorization`",
    )
    streaming: Literal["sentences", "balanced", "fastest"] = Field(
        default="balanced",
        title="Streaming",
        description="When sound begins: after a sentence, which sounds best and is all that "
        "servers before November 2025 can, or inside it",
    )
    connect_s: float = Field(
        default=2.0, gt=0, le=5, title="Connecting", description="Longest wait for a connection (s)"
    )
    first_audio_s: float = Field(
        default=6.0,
        gt=0,
        le=10,
        title="First audio",
        description="Longest wait for the first audio of a segment (s)",
    )
    stall_s: float = Field(
        default=3.0, gt=0, le=10, title="Stall", description="Longest pause in its audio (s)"
    )
    voices: dict[VoiceKey, ServerVoiceSettings] = Field(
        default_factory=dict,
        max_length=64,
        title="Voices",
        description="Family voices that the server can speak, by id",
    )

    @model_validator(mode="after")
    def _same_weights_named(self) -> Self:
        """The server keeps the weights it used last: they would speak for the next person."""
        for kind in ("gpt_weights", "sovits_weights"):
            named = {getattr(voice, kind) is not None for voice in self.voices.values()}
            if len(named) > 1:
                raise wrong(f"names {kind} for some voices only", suggestion="all voices, or none")
        return self


class EngineSettings(Section):
    """What engines need to know; those without a section here need nothing."""

    gpt_sovits: GptSovitsSettings = Field(
        default=GptSovitsSettings(),
        title="GPT-SoVITS",
        description="A GPT-SoVITS model that speaks on this machine; nothing leaves it",
    )
    gpt_sovits_server: GptSovitsServerSettings = Field(
        default=GptSovitsServerSettings(),
        title="GPT-SoVITS server",
        description="A GPT-SoVITS server (`api_v2.py`) of your own. Text and voice leave this "
        "machine for it",
    )

"""The section `wyoming` of the settings."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from hub_agent.networks import HOME_NETWORKS, Networks
from hub_agent.settings.base import Expected, Section, wrong
from voices.purpose import Purpose

PORTS = (10_200, *range(10_210, 10_219))
"""Always the same order: Home Assistant does not follow a Wyoming server to another port."""


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise wrong("is not a name", suggestion="letters that can be shown")
    return text.strip()


ShownName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_printable)]
LanguageTag = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", max_length=35),
    Expected("a language like en or pt-BR"),
]


class WyomingSettings(Section):
    """A Wyoming server: speech for Home Assistant's voice assistants."""

    enabled: bool = Field(default=True, title="Enabled", description="Serve Wyoming clients")
    host: str = Field(
        default="0.0.0.0",  # noqa: S104 - for the home's own networks, see `networks`
        min_length=1,
        max_length=255,
        title="Host",
        description="Address to listen on; 127.0.0.1: this machine only",
    )
    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        title="Port",
        description=f"Port to listen on, 0: any free one; none: {PORTS[0]}, or the first free one "
        f"from {PORTS[1]} to {PORTS[-1]} where another program has that",
    )
    networks: Networks = Field(
        default=HOME_NETWORKS,
        title="Networks",
        description="Who may connect; everybody else is turned away",
    )
    name: ShownName = Field(
        default="Hub Agent", title="Name", description="What Home Assistant calls it"
    )
    languages: tuple[LanguageTag, ...] = Field(
        default=(),
        max_length=64,
        title="Languages",
        description="Offer only the stock voices of these languages; none: all",
    )
    purpose: Purpose = Field(
        default=Purpose.ASSISTANT,
        title="Purpose",
        description="What is spoken: a family voice speaks if its consent covers this",
    )

"""The section `mdns` of the settings."""

from typing import Annotated

from pydantic import AfterValidator, Field

from hub_agent.settings.base import Section, wrong

MAX_NAME_BYTES = 48
"""A label of DNS has 63 (RFC 1035, 2.3.4): room for the hub's own digits and a number."""


def _label(text: str) -> str:
    text = text.strip()
    if not text or not text.isprintable() or "." in text or len(text.encode()) > MAX_NAME_BYTES:
        raise wrong("is not a name", suggestion=f"up to {MAX_NAME_BYTES} letters without dots")
    return text


class MdnsSettings(Section):
    """Tells Home Assistant and others on the network where this agent listens."""

    enabled: bool = Field(
        default=True, title="Enabled", description="Announce what listens here on the network"
    )
    name: Annotated[str, AfterValidator(_label)] | None = Field(
        default=None,
        title="Name",
        description="Instance name; Home Assistant takes another one for another hub. "
        "None: `Hub Agent` and four digits of this hub's own",
    )

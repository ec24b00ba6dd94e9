"""Settings of what protects a voice: the vault, the mark on speech, the record of it."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from hub_agent.settings.base import Expected, Name, Section, UserPath, wrong

_LEAST_KEEP_DAYS: Final = 30
"""Whoever hears something strange must have time to ask who said it."""


def _for_ever_or_a_while(days: int) -> int:
    if 0 < days < _LEAST_KEEP_DAYS:
        raise wrong("is too short", suggestion=f"0 for ever, or at least {_LEAST_KEEP_DAYS}")
    return days


class VaultSettings(Section):
    """Where the key of the family voices comes from, and how long voices stay in memory."""

    key_file: UserPath | None = Field(
        default=None,
        title="Key file",
        description="File that opens the vault, kept apart from the data folder; none: "
        "`vault.key` beside the user's settings",
    )
    credential: Name = Field(
        default="hub-agent-vault",
        title="Credential",
        description="Name of the systemd credential that opens the vault, where there is one",
    )
    wipe_after_s: float = Field(
        default=900.0,
        ge=0,
        le=86_400,
        title="Wipe after",
        description="Idle seconds after which an opened voice is wiped from memory; 0: at once",
    )


class AuditSettings(Section):
    """The signed record of what was said in family voices."""

    keep_days: Annotated[
        int, AfterValidator(_for_ever_or_a_while), Expected("0, or 30 to 36500")
    ] = Field(
        default=400,
        ge=0,
        le=36_500,
        title="Keep",
        description="Days after which entries are removed, 30 at least; 0: never",
    )


class WatermarkSettings(Section):
    """The inaudible mark on speech. Voices of persons always carry it."""

    stock: bool = Field(
        default=True,
        title="Stock voices",
        description="Mark the voices that come with an engine, too",
    )
    strength: Literal["studio", "normal", "robust"] = Field(
        default="normal",
        title="Strength",
        description="How strongly speech is marked: `studio` changes it least, `robust` survives "
        "most",
    )

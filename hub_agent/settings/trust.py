"""Settings of what protects a voice: the vault, the mark on speech."""

from typing import Literal

from pydantic import Field

from hub_agent.settings.base import Name, Section, UserPath


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

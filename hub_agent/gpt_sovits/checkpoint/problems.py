"""What can be wrong with a checkpoint, in words."""

from typing import Final

from hub_agent.errors import ModelFileError

SUPPORTED: Final = "v2, v2Pro or v2ProPlus"


def damaged(why: str) -> ModelFileError:
    """The file is cut off, changed, or was never what it says it is."""
    return ModelFileError(
        f"the checkpoint is damaged: {why}",
        hint="copy or download the file again and compare its size with the original",
        reason="damaged_checkpoint",
    )


def unreadable(error: OSError) -> ModelFileError:
    """The file is not there, or may not be read."""
    why = (error.strerror or "no reason given").lower()
    return ModelFileError(
        f"the checkpoint cannot be read: {why}",
        hint="check the path and who may read it",
        reason="unreadable_checkpoint",
    )


def unsafe(what: str) -> ModelFileError:
    """The file wants to run something."""
    return ModelFileError(
        f"the checkpoint is refused: it asks for {what[:80]!r}, and nothing in it may be run",
        hint=f"use a {SUPPORTED} checkpoint as the official trainer writes it",
        reason="unsafe_checkpoint",
    )


def unsupported(what: str, instead: str) -> ModelFileError:
    """The file is sound, but of a kind we cannot use."""
    return ModelFileError(
        f"this checkpoint cannot be used: it is {what}",
        hint=f"use {instead}",
        reason="unsupported_checkpoint",
    )

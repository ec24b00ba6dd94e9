"""What whoever wants to read from the vault has to show."""

from typing import Protocol


class Permit(Protocol):
    """One use of one voice that was found to be consented to."""

    @property
    def voice_id(self) -> str:
        """The voice that may be used."""
        ...

    @property
    def consent_id(self) -> str:
        """The consent that allows it."""
        ...

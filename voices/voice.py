"""What a voice is, for everybody who lists, chooses or speaks one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

VoiceId = NewType("VoiceId", str)


class VoiceKind(StrEnum):
    """Whether a voice is a person who agreed, or came with an engine."""

    STOCK = "stock"
    FAMILY = "family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice one can choose.

    `id` is unique in its engine and stable; `languages` are BCP 47 tags in lower case, the
    first one being what the voice was made for.
    """

    id: VoiceId
    name: str
    languages: tuple[str, ...]
    engine: str
    kind: VoiceKind = VoiceKind.STOCK

    @property
    def language(self) -> str:
        """The language this voice was made for."""
        return self.languages[0]

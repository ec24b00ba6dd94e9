"""Settings of the labels that say: this speech is synthetic."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from hub_agent.announcement import AudibleLabel
from hub_agent.settings.base import Name, Section, wrong


class LabelPosition(StrEnum):
    """Where in an announcement the audible label is heard."""

    START = "start"
    END = "end"
    BOTH = "both"


def _printable(name: str) -> str:
    if not name.isprintable():
        raise wrong("holds control characters", suggestion="a company's name or provider code")
    return name


class LabelSettings(Section):
    """How speech tells that it is synthetic: to machines in every file, aloud where asked.

    Aloud nothing is added unless asked, because the rules bind those who offer speech to the
    public and not a family at home: China (GB 45438-2025, 5.3) asks for a spoken label or the
    rhythm short-long short-short, in every round of a conversation; the European Union (AI Act,
    article 50) asks for telling people that they talk to a machine and for disclosing imitated
    persons. An announcement that is cut off has no end, so `start` is the safe position.
    """

    producer: Annotated[Name, AfterValidator(_printable)] = Field(
        default="hub-agent",
        title="Producer",
        description="Who answers for the speech in a file's label: a company or its provider "
        "code, never a family member",
    )
    family_audible: AudibleLabel = Field(
        default=AudibleLabel.NONE,
        title="Family voices",
        description="What is heard with a person's voice: none, rhythm or spoken",
    )
    stock_audible: AudibleLabel = Field(
        default=AudibleLabel.NONE,
        title="Stock voices",
        description="What is heard with an engine's own voice: none, rhythm or spoken",
    )
    position: LabelPosition = Field(
        default=LabelPosition.START,
        title="Position",
        description="Where it is heard: start, end or both",
    )

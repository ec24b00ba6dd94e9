"""What is timed, and when its sound came."""

from dataclasses import dataclass, field
from typing import Final, Literal

WORDS: Final = (5, 20, 60)
LONGEST: Final = WORDS[-1]
FORMATS: Final = ("wav", "mp3")

PEER: Final = "wyoming-piper"
WYOMING: Final = "agent over Wyoming"
OWN: Final = "own integration"
FAMILY: Final = "family voice"
ENGINES: Final = (PEER, WYOMING, OWN, FAMILY)

Moment = Literal["first_audio_s", "first_audible_s"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to have one text spoken: through Home Assistant, or directly."""

    engine: str
    words: int
    format: str = "wav"
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """When the first byte after a file's header and the first audible sample came, and the end."""

    first_audio_s: float
    first_audible_s: float
    total_s: float


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that was measured in one release."""

    release: str
    """Of Home Assistant, with its patch."""
    peer_versions: dict[str, str]
    heard: dict[Case, dict[int, Heard]] = field(default_factory=dict)
    """By round: what came in the same one is compared."""
    describe_s: dict[str, list[float]] = field(default_factory=dict)
    """By engine, each asked for while it spoke to somebody else."""

    def seconds(self, case: Case, moment: Moment = "first_audio_s") -> list[float]:
        """Of all rounds."""
        return [getattr(heard, moment) for heard in self.heard[case].values()]

    def pairs(
        self, case: Case, other: Case, moment: Moment = "first_audio_s"
    ) -> list[tuple[float, float]]:
        """Seconds of both, of the rounds that have both."""
        theirs = self.heard[other]
        return [
            (getattr(heard, moment), getattr(theirs[number], moment))
            for number, heard in self.heard[case].items()
            if number in theirs
        ]

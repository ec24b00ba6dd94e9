"""What is taken away and given back: drawn by chance, each kind equally often."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECOND_PART_SHARE: Final = 0.25
LONGEST_ABSENCE_S: Final = 3.0


class Part(StrEnum):
    """What can be away."""

    BROKER = "broker"
    HOME = "Home Assistant"
    AGENT = "agent"


class Way(StrEnum):
    """How it goes, and what it has lost when it is back."""

    STOPPED = "stopped"
    KILLED = "killed"
    FORGETFUL = "killed, its memory lost"
    MOVED = "stopped, back on another port"


@dataclass(frozen=True, slots=True)
class Loss:
    """One part going one way."""

    part: Part
    way: Way

    def __str__(self) -> str:
        return f"{self.part} {self.way}"


LOSSES: Final = (
    Loss(Part.BROKER, Way.STOPPED),
    Loss(Part.BROKER, Way.KILLED),
    Loss(Part.BROKER, Way.FORGETFUL),
    Loss(Part.HOME, Way.STOPPED),
    Loss(Part.HOME, Way.KILLED),
    Loss(Part.AGENT, Way.STOPPED),
    Loss(Part.AGENT, Way.KILLED),
    Loss(Part.AGENT, Way.MOVED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One or two parts that go at once and come back one after the other, in this order."""

    losses: tuple[Loss, ...]
    absence_s: float

    def __str__(self) -> str:
        return " + ".join(sorted(map(str, self.losses)))

    def hits(self, *parts: Part) -> bool:
        """Whether one of these is away."""
        return any(loss.part in parts for loss in self.losses)

    @property
    def kind(self) -> str:
        """Under which its times are counted."""
        return str(self) if len(self.losses) == 1 else "two at once"


def draw(count: int, chance: random.Random, *, spared: Sequence[Part] = ()) -> Iterator[Outage]:
    """So many outages of all parts but the spared ones."""
    losses = [loss for loss in LOSSES if loss.part not in spared]
    deck: list[Loss] = []
    for _ in range(count):
        deck = deck or chance.sample(losses, len(losses))
        hit = [deck.pop()]
        others = [loss for loss in losses if loss.part != hit[0].part]
        if chance.random() < SECOND_PART_SHARE:
            hit.append(chance.choice(others))
            chance.shuffle(hit)
        yield Outage(losses=tuple(hit), absence_s=chance.uniform(0, LONGEST_ABSENCE_S))

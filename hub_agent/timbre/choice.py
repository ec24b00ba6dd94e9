"""Choosing, for every frame that eSpeak NG says, a frame that the person said.

Unit selection (Hunt and Black, Unit selection in a concatenative speech synthesis system, 1996)
with frames of 10 ms as units: what is chosen should sound like what is wanted, and go on as the
person went on. The cheapest way is followed with a fixed lag, so it streams.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.timbre.alignment import with_one
from hub_agent.timbre.following import COMPARED, Said, keys_of
from hub_agent.timbre.frames import Floats
from hub_agent.timbre.listening import unit
from hub_agent.timbre.sounds import Sounds

LAG: Final = 12
"""Frames, 120 ms, that are looked ahead before a frame is settled."""

_CANDIDATES: Final = 30
_KEY, _HABIT, _MISALIGNED = 1.0, 1.0, 0.3
_OTHER_PHONEME, _PLACE, _NEIGHBOURS, _PITCH = 1.0, 0.5, 0.3, 0.2
_JUMP, _JUMP_DISTANCE, _STAY, _SKIP = 0.35, 0.08, 0.08, 0.08
"""Costs; distances of sounds are 0 to 2, about 1 for different ones."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Chosen frames of the person, -1 for silence, each with the pitch it is to have."""

    frame: NDArray[np.int64] = field(repr=False)
    hertz: Floats = field(repr=False)


class Wardrobe:
    """The sounds of a person, laid out for choosing; shared by everything spoken with them."""

    def __init__(self, sounds: Sounds) -> None:
        self.sounds = sounds
        self.frames = np.flatnonzero(sounds.usable)
        chosen = self.frames
        self._keys = np.ascontiguousarray(sounds.key[chosen].T)
        self._heard = np.ascontiguousarray(sounds.heard[chosen].T)
        self._base = _MISALIGNED * sounds.cost[chosen]
        self._phoneme = sounds.phoneme[chosen]
        self._before, self._after = sounds.before[chosen], sounds.after[chosen]
        self._place = sounds.place[chosen]
        self._voiced = sounds.hertz[chosen] > 0
        self._octaves = np.log2(np.maximum(sounds.hertz[chosen], 1)).astype(np.float32)
        self._numbers = {name: number for number, name in enumerate(sounds.names)}
        self.count = min(_CANDIDATES, chosen.size)

    def candidates(self, said: Said, hertz: Floats) -> tuple[NDArray[np.int64], Floats]:
        """The best frames for each one said, and their costs."""
        costs = self._costs(said, hertz)
        if self.count < costs.shape[1]:
            best = np.argpartition(costs, self.count - 1, axis=1)[:, : self.count]
        else:
            best = np.broadcast_to(np.arange(self.count), costs.shape)
        return self.frames[best], np.take_along_axis(costs, best, axis=1)

    def _costs(self, said: Said, hertz: Floats) -> Floats:
        keys = keys_of(said.cepstra, self.sounds.mean, self.sounds.deviation)
        numbers = self._number(said.phoneme)
        costs = self._base + (_KEY + _HABIT) - _KEY * (keys @ self._keys)
        costs -= _HABIT * (self._expected(keys, numbers) @ self._heard)
        place = said.place[:, None]
        costs += np.where(
            self._phoneme == numbers[:, None], _PLACE * (self._place - place) ** 2, _OTHER_PHONEME
        )
        costs += (_NEIGHBOURS * (1 - place)) * (self._before != self._number(said.before)[:, None])
        costs += (_NEIGHBOURS * place) * (self._after != self._number(said.after)[:, None])
        away = np.minimum(np.abs(self._octaves - np.log2(hertz)[:, None]), 1)
        costs += _PITCH * (away * self._voiced)
        return np.asarray(costs, np.float32)

    def _number(self, names: tuple[str, ...]) -> NDArray[np.int16]:
        return np.array([self._numbers.get(name, -1) for name in names], np.int16)

    def _expected(self, keys: Floats, numbers: NDArray[np.int16]) -> Floats:
        """How the person would sound here."""
        middle = keys[:, COMPARED : 2 * COMPARED] * np.float32(np.sqrt(3))
        mapped = with_one(middle) @ self.sounds.mapping
        known = numbers >= 0
        mapped[known] += self.sounds.habits[numbers[known]]
        return unit(mapped)


class Chooser:
    """Follows the cheapest way for one text."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self._wardrobe = wardrobe
        self._join = wardrobe.sounds.join
        self._total = np.zeros(0, np.float32)
        self._frames: list[NDArray[np.int64]] = []
        self._origins: list[NDArray[np.int64]] = []
        self._hertz: list[float] = []
        self._settled: list[tuple[int, float]] = []

    def take(self, said: Said, hertz: Floats) -> Settled:
        """More frames; answers what is settled by that."""
        frames, costs = self._wardrobe.candidates(said, hertz)
        for row, silent in enumerate(said.silent.tolist()):
            if silent:
                self._settle(len(self._frames))
                self._settled.append((-1, float(hertz[row])))
            else:
                self._step(frames[row], costs[row], float(hertz[row]))
        self._settle(len(self._frames) - LAG)
        return self._given()

    def rest(self) -> Settled:
        """What is left, at the end."""
        self._settle(len(self._frames))
        return self._given()

    def _given(self) -> Settled:
        frames = np.array([frame for frame, _hertz in self._settled], np.int64)
        hertz = np.array([hertz for _frame, hertz in self._settled], np.float32)
        self._settled.clear()
        return Settled(frames, hertz)

    def _step(self, frames: NDArray[np.int64], costs: Floats, hertz: float) -> None:
        if self._frames:
            ways = self._total[:, None] + self._moves(self._frames[-1], frames)
            origins = ways.argmin(0)
            self._total = ways[origins, np.arange(origins.size)] + costs
        else:
            origins = np.zeros(frames.size, np.int64)
            self._total = costs.copy()
        self._frames.append(frames)
        self._origins.append(origins)
        self._hertz.append(hertz)

    def _moves(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> Floats:
        """What going from each of `before` to each of `after` costs."""
        going_on = self._join[np.minimum(before + 1, len(self._join) - 1)]
        there = self._join[after]
        squares = (going_on**2).sum(1)[:, None] + (there**2).sum(1) - 2 * going_on @ there.T
        moves = _JUMP + _JUMP_DISTANCE * np.sqrt(np.maximum(squares, 0))
        step = after - before[:, None]
        moves[step == 1] = 0
        moves[step == 0] = _STAY
        moves[step == 2] = _SKIP
        return np.asarray(moves, np.float32)

    def _settle(self, count: int) -> None:
        """Settle the first `count` frames of the cheapest way, and forget all other ways there."""
        if count <= 0:
            return
        at = np.arange(self._total.size)
        for origins in reversed(self._origins[count:]):
            at = origins[at]
        choice = at[int(self._total.argmin())]
        self._total[at != choice] = np.inf
        chosen = int(choice)
        way: list[tuple[int, float]] = []
        for place in range(count - 1, -1, -1):
            way.append((int(self._frames[place][chosen]), self._hertz[place]))
            chosen = int(self._origins[place][chosen])
        self._settled += reversed(way)
        del self._frames[:count], self._origins[:count], self._hertz[:count]

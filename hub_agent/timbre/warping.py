"""Dynamic time warping of a recording onto a script.

Every frame of the recording is given to one state; from frame to frame the state stays or goes
on by up to three, so that a row of the table follows from the row before in a few vector
operations. (Sakoe and Chiba's asymmetric step pattern, with states that may be skipped.)
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.timbre.frames import Floats
from hub_agent.timbre.listening import Heard
from hub_agent.timbre.script import PAUSE

STEP_COSTS: Final = (0.08, 0.0, 0.04, 0.12)
"""Of going on by 0, 1, 2 and 3 states; the distance of unrelated frames is about 1."""

BEAM: Final = 2400
"""States that are looked at: 24 s around the best one."""

NARROW_BEAM: Final = 600
"""Around a path that is known roughly."""

_FAR: Final = np.float32(1e9)


@dataclass(frozen=True, slots=True)
class Path:
    """`state` of every frame of the recording, and what each one `cost`."""

    state: NDArray[np.int64] = field(repr=False)
    cost: Floats = field(repr=False)

    @property
    def mean_cost(self) -> float:
        """Per frame of the recording."""
        return float(self.cost.mean())


def warp(heard: Heard, said: Floats, frame: NDArray[np.int64], rough: Path | None = None) -> Path:
    """The cheapest way through all states.

    State i sounds like `said[frame[i]]` (features of unit length, row by row) or is a pause.
    It is searched around the path `rough` where there is one.
    """
    return _Table(heard, said, frame, rough).path()


class _Table:
    def __init__(
        self, heard: Heard, said: Floats, frame: NDArray[np.int64], rough: Path | None
    ) -> None:
        self._heard = heard.features
        self._states = said[frame].T.copy()
        self._pauses = frame == PAUSE
        self._pause_cost = heard.pause_cost()
        self._rough = rough
        self._size = min(BEAM if rough is None else NARROW_BEAM, frame.size)
        count = len(self._heard)
        self._steps = np.zeros((count, self._size), np.int8)
        self._first = np.zeros(count, np.int64)
        stay, *ahead = STEP_COSTS
        self._stay = np.where(self._pauses, 0.0, stay).astype(np.float32)
        self._ahead = [np.float32(cost) for cost in ahead]

    def path(self) -> Path:
        row = np.full(self._size, _FAR, np.float32)
        row[:2] = self._costs(0, 0)[:2]
        for frame in range(1, len(self._heard)):
            first = self._window(frame, row)
            row = self._next(frame, row, first)
        return self._back(row)

    def _window(self, frame: int, row: Floats) -> int:
        """Move the beam so that the best state is in its middle, never back."""
        before = int(self._first[frame - 1])
        middle = before + int(row.argmin()) if self._rough is None else self._rough.state[frame]
        last = self._pauses.size - self._size
        first = int(min(max(before, int(middle) - self._size // 2), last))
        self._first[frame] = first
        return first

    def _next(self, frame: int, row: Floats, first: int) -> Floats:
        shift = first - int(self._first[frame - 1])
        if shift:
            row = np.concatenate((row[shift:], np.full(shift, _FAR, np.float32)))
        best = row + self._stay[first : first + self._size]
        steps = self._steps[frame]
        for step, cost in enumerate(self._ahead, 1):
            candidate = row[:-step] + cost
            better = candidate < best[step:]
            np.copyto(best[step:], candidate, where=better)
            np.copyto(steps[step:], step, where=better)
        return best + self._costs(frame, first)

    def _costs(self, frame: int, first: int) -> Floats:
        inside = slice(first, first + self._size)
        costs = 1.0 - self._heard[frame] @ self._states[:, inside]
        costs[self._pauses[inside]] = self._pause_cost[frame]
        return np.asarray(costs, np.float32)

    def _back(self, row: Floats) -> Path:
        state = np.zeros(len(self._heard), np.int64)
        ends = row[-2:] if self._first[-1] + self._size == self._pauses.size else row
        at = int(self._first[-1]) + self._size - ends.size + int(ends.argmin())
        for frame in range(len(state) - 1, -1, -1):
            state[frame] = at
            at -= int(self._steps[frame, at - self._first[frame]])
        return Path(state, self._costs_along(state))

    def _costs_along(self, state: NDArray[np.int64]) -> Floats:
        costs = 1.0 - np.einsum("ij,ji->i", self._heard, self._states[:, state])
        return np.where(self._pauses[state], self._pause_cost, costs).astype(np.float32)

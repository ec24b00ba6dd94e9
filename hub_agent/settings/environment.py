"""`HUB_AGENT__SECTION__KEY` as nodes. An empty variable counts as not set."""

from collections.abc import Callable, Mapping

from hub_agent.settings.problems import KeyPath, Place, Problem
from hub_agent.settings.shape import Shape
from hub_agent.settings.tree import MAX_DEPTH, Table, merge, nested
from hub_agent.settings.written import read_written

PREFIX = "HUB_AGENT__"
SEPARATOR = "__"


def variables(env: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The agent's variables that are set, with the path of keys that each one names."""
    names = [name for name, value in env.items() if name.startswith(PREFIX) and value]
    return {
        name: tuple(name.removeprefix(PREFIX).lower().split(SEPARATOR))
        for name in sorted(names, key=lambda name: (name.count(SEPARATOR), name))
    }


def read_environment(
    env: Mapping[str, str], shape_at: Callable[[KeyPath], Shape], *, rank: int
) -> tuple[Table, list[Problem]]:
    """All variables as one table. A longer name refines what a shorter one set."""
    table, problems = Table(Place("environment", rank=rank)), list[Problem]()
    taken: dict[tuple[str, ...], str] = {}
    for name, path in variables(env).items():
        place = Place(name, rank=rank)
        complaint = _name_problem(path, place, taken.get(path))
        if complaint is not None:
            problems.append(complaint)
            continue
        taken[path] = name
        node, found = read_written(env[name], place, shape_at(path), path)
        problems += found
        if node is not None:
            table = merge(table, nested(path, node))
    return table, problems


def _name_problem(path: tuple[str, ...], place: Place, twin: str | None) -> Problem | None:
    if not all(path):
        return Problem(place, "", "an empty part in the name", f"{PREFIX}SECTION__KEY")
    if len(path) > MAX_DEPTH:
        return Problem(place, "", "too many parts in the name", f"{PREFIX}SECTION__KEY")
    if twin is not None:
        return Problem(place, "", "the same key as another variable", f"remove {twin}")
    return None

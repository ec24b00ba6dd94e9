"""Values from the command line, by dotted key, as nodes."""

from collections.abc import Callable, Mapping

from hub_agent.settings.problems import KeyPath, Place, Problem
from hub_agent.settings.shape import Shape
from hub_agent.settings.tree import MAX_DEPTH, Node, Table, from_python, merge, nested
from hub_agent.settings.written import read_written

SOURCE = "command line"


def read_overrides(
    overrides: Mapping[str, object], shape_at: Callable[[KeyPath], Shape], *, rank: int
) -> tuple[Table, list[Problem]]:
    """All overrides as one table; one that is None counts as not given."""
    place = Place(SOURCE, rank=rank)
    table, problems = Table(place), list[Problem]()
    for key, value in overrides.items():
        path = tuple(key.split("."))
        if not all(path) or len(path) > MAX_DEPTH:
            problems.append(Problem(place, "", "a key that is no dotted path", "section.key"))
        elif value is not None:
            node, found = _read_value(value, place, shape_at(path), path)
            problems += found
            table = table if node is None else merge(table, nested(path, node))
    return table, problems


def _read_value(
    value: object, place: Place, shape: Shape, path: KeyPath
) -> tuple[Node | None, list[Problem]]:
    if isinstance(value, str):
        return read_written(value, place, shape, path)
    return from_python(value, place), []

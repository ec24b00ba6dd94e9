"""Settings before validation: values that know where they were written, and how layers merge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hub_agent.settings.problems import Place

MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value. `text` is how it was written, None where it never was text."""

    value: object
    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what it holds."""

    key: Place
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and values; `entries` is not to be changed once the table is handed on."""

    place: Place
    entries: dict[str, Entry] = field(default_factory=dict)


Node: TypeAlias = Leaf | Items | Table


def merge(base: Table, over: Table) -> Table:
    """Both tables as one; where they disagree `over` wins. Lists are replaced, never joined."""
    entries = dict(base.entries)
    for name, entry in over.entries.items():
        below = entries.get(name)
        if below is not None and isinstance(below.node, Table) and isinstance(entry.node, Table):
            entries[name] = Entry(below.key, merge(below.node, entry.node))
        else:
            entries[name] = entry
    return Table(base.place, entries)


def nested(path: Sequence[str], node: Node) -> Table:
    """`node` under a path of keys, each written where the node was."""
    for name in reversed(path):
        node = Table(node.place, {name: Entry(node.place, node)})
    if not isinstance(node, Table):
        raise TypeError("an empty path needs a table")
    return node


def from_python(value: object, place: Place, depth: int = 0) -> Node:
    """Python data as a node; below `MAX_DEPTH` everything counts as a single value."""
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        entries = {
            str(key): Entry(place, from_python(item, place, depth + 1))
            for key, item in value.items()
        }
        return Table(place, entries)
    if depth < MAX_DEPTH and isinstance(value, list | tuple):
        return Items(tuple(from_python(item, place, depth + 1) for item in value), place)
    return Leaf(value, value if isinstance(value, str) else None, place)

"""YAML as nodes that know their places. The only reader of YAML in the agent.

Stricter and plainer than YAML 1.1: `on`, `no` and `22:00` are text, a key may be given once, there
are no tags, and nothing grows: size, depth and the copies that aliases make are limited.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from hub_agent.settings.problems import KeyPath, Place, Problem, dotted
from hub_agent.settings.scalars import resolve
from hub_agent.settings.tree import MAX_DEPTH, Entry, Items, Leaf, Node, Table
from hub_agent.settings.yaml_words import explain

MAX_NODES = 20_000
"""A house has hundreds of values; this many is a bomb or the wrong file."""

_MERGE_KEY = "<<"
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Parsed:
    """`node` is None when the text is empty or cannot be read at all; then `fatal` says which."""

    node: Node | None
    problems: tuple[Problem, ...]
    fatal: bool = False


def parse_yaml(text: str, locate: Callable[[int], Place], *, path: KeyPath = ()) -> Parsed:
    """Read one YAML document without control characters; `locate` maps offsets to places."""
    composer = _Composer(text, locate)
    try:
        node = composer.document(path)
    except _UnreadableError as error:
        return Parsed(None, (*composer.problems, error.problem), fatal=True)
    except yaml.YAMLError as error:
        problem = _scanner_problem(error, text, locate)
        return Parsed(None, (*composer.problems, problem), fatal=True)
    return Parsed(node, tuple(composer.problems))


def _scanner_problem(error: yaml.YAMLError, text: str, locate: Callable[[int], Place]) -> Problem:
    mark = getattr(error, "problem_mark", None)
    offset = mark.index if mark is not None else 0
    complaint = getattr(error, "problem", None) or ""
    return Problem(locate(offset), "", *explain(complaint, text, offset))


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


@dataclass(slots=True)
class _Fields:
    """A table while it is read."""

    entries: dict[str, Entry] = field(default_factory=dict)
    merged: list[Table] = field(default_factory=list)
    merge_key: Place | None = None


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    num_nodes: int
    height: int


class _Composer:
    def __init__(self, text: str, locate: Callable[[int], Place]) -> None:
        self.problems: list[Problem] = []
        self._locate = locate
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, _Anchored] = {}
        self._num_nodes = 0

    def document(self, path: KeyPath) -> Node | None:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        node = self._node(next(self._events), path, 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._report(after, path, "a second document begins here", "keep only one `---`")
        return node

    def _node(self, event: yaml.Event, path: KeyPath, depth: int) -> Node:
        self._count(event, 1, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, depth)
        before = self._num_nodes
        node = self._new_node(event, path, depth)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, self._num_nodes - before + 1, _height(node))
        return node

    def _new_node(self, event: yaml.Event, path: KeyPath, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._leaf(event, path)
        self._refuse_tag(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, path, depth)
        return self._table(event, path, depth)

    def _leaf(self, event: yaml.ScalarEvent, path: KeyPath) -> Leaf:
        place = self._place(event)
        is_text = event.tag in _TEXT_TAGS
        if not is_text:
            self._refuse_tag(event, path)
        plain = event.implicit[0] and not is_text
        if plain and not event.value and event.anchor is not None:
            self._report(event, path, "begins with '&', which names an anchor", "put it in quotes")
        return Leaf(resolve(event.value) if plain else event.value, event.value, place)

    def _items(self, start: yaml.Event, path: KeyPath, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), depth + 1))
        return Items(tuple(items), self._place(start))

    def _table(self, start: yaml.Event, path: KeyPath, depth: int) -> Table:
        fields = _Fields()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._field(event, fields, path, depth)
        for table in fields.merged:
            for name, entry in table.entries.items():
                fields.entries.setdefault(name, entry)
        return Table(self._place(start), fields.entries)

    def _field(self, event: yaml.Event, fields: _Fields, path: KeyPath, depth: int) -> None:
        name, place = self._key(event, path), self._place(event)
        is_merge = name == _MERGE_KEY and isinstance(event, yaml.ScalarEvent) and event.implicit[0]
        node = self._node(next(self._events), (*path, name), depth + 1)
        first = fields.merge_key if is_merge else getattr(fields.entries.get(name), "key", None)
        if first is not None:
            self._report(event, (*path, name), "is given twice", f"first at {first}")
        elif is_merge:
            fields.merge_key = place
            fields.merged.extend(self._merged(event, node, path))
        else:
            fields.entries[name] = Entry(place, node)

    def _key(self, event: yaml.Event, path: KeyPath) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(event, path, "has a key that is not a word", "quote text that begins so")
        self._refuse_tag(event, path)
        if not event.value:
            self._report(event, path, "has an empty key", "a name before the colon")
        return str(event.value)

    def _merged(self, event: yaml.Event, node: Node, path: KeyPath) -> list[Table]:
        tables = list(node.items) if isinstance(node, Items) else [node]
        if not all(isinstance(table, Table) for table in tables):
            self._report(event, path, "merges something without keys", "`<<: *name` of a section")
        return [table for table in tables if isinstance(table, Table)]

    def _alias(self, event: yaml.AliasEvent, path: KeyPath, depth: int) -> Node:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            self._stop(
                event,
                path,
                "begins with '*', which repeats an anchor set before",
                "put it in quotes",
            )
        self._count(event, found.num_nodes, depth + found.height)
        return found.node

    def _count(self, event: yaml.Event, num_nodes: int, depth: int) -> None:
        self._num_nodes += num_nodes
        if depth > MAX_DEPTH:
            self._stop(event, (), "nesting is too deep", f"at most {MAX_DEPTH} levels")
        if self._num_nodes > MAX_NODES:
            self._stop(event, (), "too many values", f"at most {MAX_NODES}, aliases counted")

    def _refuse_tag(self, event: yaml.Event, path: KeyPath) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _TEXT_TAGS:
            self._report(event, path, "begins with '!', which is a YAML tag", "put it in quotes")

    def _report(self, event: yaml.Event, path: KeyPath, message: str, suggestion: str) -> None:
        self.problems.append(Problem(self._place(event), dotted(path), message, suggestion))

    def _stop(self, event: yaml.Event, path: KeyPath, message: str, suggestion: str) -> NoReturn:
        raise _UnreadableError(Problem(self._place(event), dotted(path), message, suggestion))

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return self._locate(mark.index if mark is not None else 0)


def _height(node: Node) -> int:
    if isinstance(node, Items):
        return 1 + max(map(_height, node.items), default=0)
    if isinstance(node, Table):
        return 1 + max((_height(entry.node) for entry in node.entries.values()), default=0)
    return 0

"""Nodes as the plain values that the models validate, guided by what the models expect.

A text field takes what was written, so `no`, `22:00` and `007` need no quotes; a section or list
that was left empty counts as not given; of a secret and its file the later source wins.
"""

from hub_agent.settings.problems import KeyPath, Problem, dotted
from hub_agent.settings.shape import Kind, Shape
from hub_agent.settings.tree import Entry, Items, Leaf, Node, Table

_GROUPS = frozenset({Kind.SECTION, Kind.DICT, Kind.LIST})
_FILE_SUFFIX = "_file"


def fit(node: Node, shape: Shape) -> object:
    """The value to validate."""
    if isinstance(node, Leaf):
        return _fit_leaf(node, shape)
    if isinstance(node, Items):
        return [fit(item, shape.child(place)) for place, item in enumerate(node.items)]
    shape = member_for(node, shape)
    return {
        name: fit(entry.node, shape.child(name))
        for name, entry in node.entries.items()
        if not _is_left_empty(entry.node, shape.child(name))
    }


def member_for(node: Node | None, shape: Shape) -> Shape:
    """The member of a tagged union that the node names; other shapes as they are."""
    if shape.kind is not Kind.TAGGED or not isinstance(node, Table):
        return shape
    entry = node.entries.get(shape.tag or "")
    word = entry.node.text if entry is not None and isinstance(entry.node, Leaf) else None
    return shape.tags().get(word or "", shape)


def settle_secrets(node: Node, shape: Shape, path: KeyPath) -> tuple[Node, list[Problem]]:
    """Keep one of `name` and `name_file`: the later source's; from one source both are wrong."""
    shape = member_for(node, shape)
    if isinstance(node, Leaf) or shape.kind not in _GROUPS:
        return node, []
    if isinstance(node, Items):
        settled = [
            settle_secrets(item, shape.child(place), (*path, place))
            for place, item in enumerate(node.items)
        ]
        found = [problem for _, problems in settled for problem in problems]
        return Items(tuple(item for item, _ in settled), node.place), found
    entries, found = _settle_table(node, shape, path)
    return Table(node.place, entries), found


def _settle_table(
    node: Table, shape: Shape, path: KeyPath
) -> tuple[dict[str, Entry], list[Problem]]:
    entries: dict[str, Entry] = {}
    found: list[Problem] = []
    for name, entry in node.entries.items():
        below, problems = settle_secrets(entry.node, shape.child(name), (*path, name))
        entries[name] = Entry(entry.key, below)
        found += problems
    for name in shape.fields():
        problem = _settle_pair(entries, name, shape, path)
        if problem is not None:
            found.append(problem)
    return entries, found


def _settle_pair(
    entries: dict[str, Entry], name: str, shape: Shape, path: KeyPath
) -> Problem | None:
    file_name = name + _FILE_SUFFIX
    value, file = _given(entries, name), _given(entries, file_name)
    if shape.child(name).kind is not Kind.HIDDEN or value is None or file is None:
        return None
    if value.node.place.rank == file.node.place.rank:
        key = dotted((*path, name))
        del entries[file_name]
        return Problem(value.key, key, f"is given beside {file_name}", "keep one of the two")
    del entries[name if value.node.place.rank < file.node.place.rank else file_name]
    return None


def _given(entries: dict[str, Entry], name: str) -> Entry | None:
    entry = entries.get(name)
    is_null = entry is not None and isinstance(entry.node, Leaf) and entry.node.value is None
    return None if is_null else entry


def _is_left_empty(node: Node, shape: Shape) -> bool:
    is_null = isinstance(node, Leaf) and node.value is None
    return is_null and shape.kind in _GROUPS and not shape.optional


def _fit_leaf(leaf: Leaf, shape: Shape) -> object:
    if leaf.text is None:
        return leaf.value
    if shape.kind is Kind.WORD and not shape.optional:
        return leaf.text
    if shape.is_text and leaf.value is not None:
        return leaf.text
    if shape.kind in (Kind.INTEGER, Kind.NUMBER) and isinstance(leaf.value, bool):
        return leaf.text
    return leaf.value

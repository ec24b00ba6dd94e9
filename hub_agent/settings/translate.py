"""pydantic's errors as problems: where it was written, what is wrong, what would be right."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub_agent.settings.base import PROBLEM_TYPE
from hub_agent.settings.expectation import expectation, noun
from hub_agent.settings.problems import KeyPath, Place, Problem, dotted, looks_like_key
from hub_agent.settings.shape import Kind, Shape, words
from hub_agent.settings.suggest import did_you_mean, listed, nearest
from hub_agent.settings.tree import Entry, Items, Leaf, Node, Table

_Words: TypeAlias = tuple[str, str | None]

MAX_ERRORS = 1000
"""Nobody corrects more at once, and each costs a search for similar words."""

_TOO_SMALL = frozenset({"greater_than", "greater_than_equal"})
_TOO_LARGE = frozenset({"less_than", "less_than_equal"})
_TOO_FEW = frozenset({"too_short", "string_too_short", "bytes_too_short"})
_TOO_MANY = frozenset({"too_long", "string_too_long", "bytes_too_long"})
_CHOICES = frozenset({"literal_error", "enum", "union_tag_invalid"})
_ABSENT = frozenset({"missing", "union_tag_not_found"})
_TAG_ERRORS = frozenset({"union_tag_invalid", "union_tag_not_found"})
_FOREIGN = frozenset({"value_error", "assertion_error"})
_WRONG_KIND_ENDINGS = ("_type", "_parsing", "_parsing_size", "_from_float", "_unicode")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an error points: its key, the key's declaration, and what was written there."""

    path: KeyPath
    shape: Shape
    owner: Shape
    node: Node | None
    place: Place
    key_place: Place


def translate(
    error: ValidationError, root: Entry, shape: Shape, path: KeyPath = ()
) -> list[Problem]:
    """The errors (at most `MAX_ERRORS`) of a validation whose input was made from `root`."""
    details = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
    spots = [(detail, locate(detail, root, shape, path)) for detail in details]
    deeper = {spot.path[:length] for _, spot in spots for length in range(len(spot.path))}
    found: dict[tuple[KeyPath, str], Problem] = {}
    for detail, spot in spots:
        if detail["type"] in _TOO_FEW and spot.path in deeper:
            continue
        through_union = "union" if spot.owner.kind is Kind.UNION else detail["type"]
        found.setdefault((spot.path, through_union), _problem(detail, spot))
    return list(found.values())


def locate(detail: ErrorDetails, root: Entry, shape: Shape, path: KeyPath = ()) -> Spot:
    """Follow an error's location through the nodes and the models at once."""
    spot = Spot(path, shape, shape, root.node, root.key, root.key)
    for part in detail["loc"]:
        spot = _step(spot, part, is_missing=detail["type"] == "missing")
    if detail["type"] in _TAG_ERRORS and spot.shape.tag:
        spot = _descend(spot, spot.shape.tag)
    return spot


def _step(spot: Spot, part: str | int, *, is_missing: bool) -> Spot:
    if part == "[key]":
        return Spot(spot.path, spot.owner.key(), spot.owner, None, spot.key_place, spot.key_place)
    if spot.shape.kind is Kind.TAGGED:
        member = spot.shape.tags().get(str(part), Shape(Kind.ANY))
        return Spot(spot.path, member, spot.owner, spot.node, spot.place, spot.key_place)
    if spot.shape.kind is Kind.UNION:
        return Spot(spot.path, Shape(Kind.ANY), spot.shape, spot.node, spot.place, spot.key_place)
    if spot.shape.kind is not Kind.ANY or is_missing or _has(spot.node, part):
        return _descend(spot, part)
    return spot


def _descend(spot: Spot, part: str | int) -> Spot:
    path, shape, node = (*spot.path, part), spot.shape.child(part), spot.node
    if isinstance(node, Table) and part in node.entries:
        entry: Entry = node.entries[str(part)]
        place = entry.key if isinstance(entry.node, Table) else entry.node.place
        return Spot(path, shape, spot.shape, entry.node, place, entry.key)
    if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
        item = node.items[part]
        return Spot(path, shape, spot.shape, item, item.place, item.place)
    return Spot(path, shape, spot.shape, None, spot.key_place, spot.key_place)


def _has(node: Node | None, part: str | int) -> bool:
    if isinstance(node, Table):
        return part in node.entries
    return isinstance(node, Items) and isinstance(part, int) and part < len(node.items)


def _problem(detail: ErrorDetails, spot: Spot) -> Problem:
    message, suggestion = _explain(detail, spot)
    place = spot.key_place if detail["type"] == "extra_forbidden" else spot.place
    return Problem(place, dotted(spot.path), message, suggestion)


def _explain(detail: ErrorDetails, spot: Spot) -> _Words:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return unknown_key(str(spot.path[-1]), tuple(spot.owner.fields()))
    if kind in _CHOICES:
        return _wrong_word(spot)
    if kind == PROBLEM_TYPE:
        return _own(detail.get("ctx", {}), spot)
    if kind in _FOREIGN:
        return _foreign(detail["msg"].partition(", ")[2], spot)
    return _plain(kind, spot)


def _plain(kind: str, spot: Spot) -> _Words:
    tags = tuple(spot.owner.tags())
    expected = f"one of: {listed(tags)}" if tags else expectation(spot.shape)
    if kind in _ABSENT:
        return "is missing", expected
    if kind == "string_pattern_mismatch":
        return "is not of the expected form", expected
    if kind in _TOO_SMALL or kind in _TOO_LARGE:
        return f"is too {'small' if kind in _TOO_SMALL else 'large'}", expected
    if kind in _TOO_FEW or kind in _TOO_MANY:
        return f"has too {'little' if kind in _TOO_FEW else 'much'} in it", expected
    if kind == "finite_number" or kind.endswith(_WRONG_KIND_ENDINGS):
        return _wrong_kind(spot)
    return "is not acceptable", expected


def unknown_key(key: str, known: tuple[str, ...], kind: str = "known keys") -> _Words:
    """Message and suggestion for a key that is not known."""
    if not looks_like_key(key):
        return "is not a known key", "is a space missing after a colon?"
    return "is not a known key", did_you_mean(key, known, kind)


def _wrong_word(spot: Spot) -> _Words:
    known = words(spot.shape) or tuple(spot.owner.tags())
    return "is not one of the possible words", _near_or_all(spot, known)


def _near_or_all(spot: Spot, known: Iterable[str]) -> str:
    choices = tuple(known)
    text = spot.node.text if isinstance(spot.node, Leaf) else None
    near = nearest(text, choices) if text else None
    choose = f"one of: {listed(choices)}"
    return f"did you mean {near}? {choose}" if near else choose


def _wrong_kind(spot: Spot) -> _Words:
    name = noun(spot.shape)
    article = "" if name in {"text", "true or false", "secret text"} else "a "
    return f"is not {article}{name}", expectation(spot.shape)


def _own(context: Mapping[str, Any], spot: Spot) -> _Words:
    choices = context.get("choices", ())
    suggestion = _near_or_all(spot, choices) if choices else context.get("suggestion")
    return _safe(str(context.get("message", "")), spot), suggestion


def _foreign(message: str, spot: Spot) -> _Words:
    return _safe(message, spot), expectation(
        spot.shape
    ) if spot.shape.kind is not Kind.ANY else None


def _safe(message: str, spot: Spot) -> str:
    """A validator's message, unless it quotes something that was written."""
    quotes = any(_quotes(message, text) for text in _texts(spot.node))
    return "is not acceptable" if quotes or not message else message


def _quotes(message: str, text: str) -> bool:
    found = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message) if text in message else None
    return bool(text.strip()) and found is not None


def _texts(node: Node | None) -> Iterator[str]:
    if isinstance(node, Leaf):
        yield str(node.value) if node.text is None else node.text
    elif isinstance(node, Items):
        for item in node.items:
            yield from _texts(item)
    elif isinstance(node, Table):
        for entry in node.entries.values():
            yield from _texts(entry.node)

"""What the models say about a key: its kind, its limits, its words."""

import types
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MaxLen, MinLen
from pydantic import BaseModel, SecretBytes, SecretStr, StringConstraints
from pydantic.fields import FieldInfo

from hub_agent.settings.base import Expected


class Kind(StrEnum):
    """What can be written for a key."""

    TEXT = "text"
    PATH = "path"
    WORD = "word"
    HIDDEN = "hidden"
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    LIST = "list"
    DICT = "dict"
    SECTION = "section"
    TAGGED = "tagged"
    UNION = "union"
    ANY = "any"


_TEXT_KINDS = frozenset({Kind.TEXT, Kind.PATH, Kind.WORD, Kind.HIDDEN})
_BY_CLASS: tuple[tuple[type | tuple[type, ...], Kind], ...] = (
    ((SecretStr, SecretBytes), Kind.HIDDEN),
    (bool, Kind.SWITCH),
    (int, Kind.INTEGER),
    (float, Kind.NUMBER),
    (PurePath, Kind.PATH),
    ((str, bytes, date, datetime, time, timedelta, IPv4Address, IPv6Address), Kind.TEXT),
    (BaseModel, Kind.SECTION),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a number, or of how many entries or characters there may be."""

    least: float | None = None
    most: float | None = None
    least_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The declaration of one key. `members` are the models of a tagged or plain union."""

    kind: Kind
    annotation: Any = None
    optional: bool = False
    metadata: tuple[object, ...] = ()
    members: tuple[Any, ...] = ()
    tag: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether what is written is taken as text, whatever it looks like."""
        return self.kind in _TEXT_KINDS

    def fields(self) -> dict[str, FieldInfo]:
        """The fields of a section by the names they are written with."""
        return fields_of(self.annotation) if self.kind is Kind.SECTION else {}

    def child(self, key: str | int) -> "Shape":
        """The shape of what is under a key or list place."""
        if self.kind is Kind.SECTION:
            return field_shapes(self.annotation).get(str(key), ANY)
        arguments = get_args(self.annotation)
        if self.kind is Kind.DICT and len(arguments) == 2:
            return shape_of(arguments[1])
        if self.kind is Kind.LIST and arguments:
            return shape_of(arguments[0])
        return ANY

    def key(self) -> "Shape":
        """The shape of a dict's keys."""
        arguments = get_args(self.annotation)
        return shape_of(arguments[0]) if self.kind is Kind.DICT and arguments else ANY

    def tags(self) -> dict[str, "Shape"]:
        """The members of a tagged union by their tag."""
        tag = self.tag
        if tag is None:
            return {}
        return {
            word: shape_of(member)
            for member in self.members
            for word in words(field_shape(member.model_fields[tag]))
        }


ANY = Shape(Kind.ANY)


def shape_of(annotation: Any, metadata: Iterable[object] = (), tag: str | None = None) -> Shape:
    """The shape that a type annotation declares."""
    optional, metadata = False, tuple(metadata)
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            tag = _tag_of(more) or tag
            metadata += _flat(more)
        elif _is_union(annotation):
            members = tuple(part for part in get_args(annotation) if part is not types.NoneType)
            optional = optional or len(members) < len(get_args(annotation))
            if len(members) != 1:
                kind = _union_kind(members, tag)
                return Shape(kind, annotation, optional, metadata, members, tag)
            annotation = members[0]
        else:
            return Shape(_kind(annotation), annotation, optional, metadata)


def field_shape(field: FieldInfo) -> Shape:
    """The shape of a model's field."""
    return shape_of(field.annotation, _flat(field.metadata), _tag_of([field]))


@cache
def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by the names they are written with."""
    return {_written(name, field): field for name, field in model.model_fields.items()}


@cache
def field_shapes(model: type[BaseModel]) -> dict[str, Shape]:
    """The shapes of a model's fields by the names they are written with."""
    return {name: field_shape(field) for name, field in fields_of(model).items()}


def words(shape: Shape) -> tuple[str, ...]:
    """The words that may be written, of a `Literal` or an `Enum`."""
    if shape.kind is not Kind.WORD:
        return ()
    if get_origin(shape.annotation) is Literal:
        return tuple(str(word) for word in get_args(shape.annotation))
    return tuple(str(member.value) for member in shape.annotation)


def limits(shape: Shape) -> Limits:
    """The bounds declared for a number."""
    least = most = None
    excluded = False
    for item in shape.metadata:
        if isinstance(item, Ge | Gt):
            excluded = isinstance(item, Gt)
            least = _as_float(item.gt if isinstance(item, Gt) else item.ge)
        elif isinstance(item, Le | Lt):
            most = _as_float(item.lt if isinstance(item, Lt) else item.le)
    return Limits(least, most, excluded)


def lengths(shape: Shape) -> Limits:
    """The bounds declared for a number of entries or characters."""
    least = most = None
    for item in shape.metadata:
        if isinstance(item, MinLen):
            least = item.min_length
        elif isinstance(item, MaxLen):
            most = item.max_length
    return Limits(least, most)


def expected_words(shape: Shape) -> str | None:
    """The declaration's own words for what is expected."""
    found = [item.words for item in shape.metadata if isinstance(item, Expected)]
    return found[-1] if found else None


def _kind(annotation: Any) -> Kind:
    origin = get_origin(annotation) or annotation
    if origin is Literal:
        return Kind.WORD if all(isinstance(arg, str) for arg in get_args(annotation)) else Kind.ANY
    if not isinstance(origin, type):
        return Kind.ANY
    if issubclass(origin, Enum):
        return Kind.WORD if all(isinstance(item.value, str) for item in origin) else Kind.ANY
    for classes, kind in _BY_CLASS:
        if issubclass(origin, classes):
            return kind
    if issubclass(origin, dict):
        return Kind.DICT
    return Kind.LIST if _is_list(origin, get_args(annotation)) else Kind.ANY


def _is_list(origin: type, arguments: tuple[Any, ...]) -> bool:
    if issubclass(origin, tuple):
        return arguments[1:] == (Ellipsis,)
    return issubclass(origin, Sequence | AbstractSet)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _union_kind(members: tuple[Any, ...], tag: str | None) -> Kind:
    models = all(isinstance(part, type) and issubclass(part, BaseModel) for part in members)
    tagged = models and tag is not None and all(tag in part.model_fields for part in members)
    return Kind.TAGGED if tagged else Kind.UNION


def _tag_of(metadata: Iterable[object]) -> str | None:
    found = [item.discriminator for item in metadata if isinstance(item, FieldInfo)]
    return next((tag for tag in found if isinstance(tag, str)), None)


def _flat(metadata: Iterable[object]) -> tuple[object, ...]:
    flat: list[object] = []
    for item in metadata:
        if isinstance(item, FieldInfo):
            flat.extend(_flat(item.metadata))
        elif isinstance(item, StringConstraints):
            flat.extend(_lengths_of(item))
        elif isinstance(item, Interval | Len):
            flat.extend(item)
        else:
            flat.append(item)
    return tuple(flat)


def _lengths_of(item: StringConstraints) -> tuple[object, ...]:
    least = () if item.min_length is None else (MinLen(item.min_length),)
    most = () if item.max_length is None else (MaxLen(item.max_length),)
    return (*least, *most)


def _written(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return alias if isinstance(alias, str) else name


def _as_float(bound: object) -> float | None:
    return float(bound) if isinstance(bound, int | float) else None

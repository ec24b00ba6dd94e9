"""The settings described from their models: a table for the read-me, a JSON schema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema
from pydantic_core import PydanticUndefined

from hub_agent.errors import NotFoundError, UsageError
from hub_agent.settings.expectation import expectation
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.plain import plain, show
from hub_agent.settings.plugins import InstalledPlugins, Plugins
from hub_agent.settings.shape import Kind, Shape, field_shape, fields_of
from hub_agent.settings.yaml_text import to_flow

__all__ = ["json_schema", "reference_table", "show", "update_between_markers"]

BEGIN = "<!-- settings:begin -->"
END = "<!-- settings:end -->"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

MAX_DEFAULT_CHARS = 60
"""What fits a column; longer ones are explained by their own section."""

_CORE_TITLE = "General"


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    field: FieldInfo
    shape: Shape


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    about: str
    rows: tuple[_Row, ...]


def reference_table(plugins: Plugins | None = None) -> str:
    """Markdown: per section a table with key, what may be written, default and description."""
    groups = list(_groups(CoreSettings, "", _CORE_TITLE))
    for name, model in _models(plugins or InstalledPlugins()).items():
        groups += _groups(model, f"{name}.", f"`{name}`")
    return "\n".join(_markdown(group) for group in groups if group.rows)


def update_between_markers(readme_text: str, plugins: Plugins | None = None) -> str:
    """The text with the table between its markers renewed."""
    head, begin, rest = readme_text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise UsageError(
            "no place for the settings in this file", hint=f"add lines {BEGIN} and {END}"
        )
    return f"{head}{BEGIN}\n\n{reference_table(plugins)}\n{END}{tail}"


def json_schema(plugins: Plugins | None = None) -> dict[str, Any]:
    """JSON schema (draft 2020-12) of the whole file, sections of integrations included."""
    sections = _models(plugins or InstalledPlugins())
    models: Sequence[type[BaseModel]] = (CoreSettings, *sections.values())
    references, definitions = models_json_schema([(model, "validation") for model in models])
    found = definitions["$defs"]
    core = found.pop(references[CoreSettings, "validation"]["$ref"].rpartition("/")[2])
    for name, model in sections.items():
        core["properties"][name] = references[model, "validation"]
    return {"$schema": DIALECT, **core, "title": "Hub Agent", "$defs": found}


def _models(plugins: Plugins) -> dict[str, type[BaseModel]]:
    """Sections of the integrations that can be loaded."""
    found: dict[str, type[BaseModel]] = {}
    for name in plugins.names():
        try:
            found[name] = plugins.load(name).settings
        except NotFoundError:
            continue
    return found


def _groups(model: type[BaseModel], prefix: str, title: str, about: str = "") -> Iterator[_Group]:
    """A section's own keys, then every section below it."""
    below: list[tuple[str, FieldInfo, Shape]] = []
    rows: list[_Row] = []
    for name, field in fields_of(model).items():
        shape = field_shape(field)
        key = prefix + name
        if shape.kind is Kind.SECTION:
            below.append((key, field, shape))
        else:
            rows.append(_Row(key, field, shape))
    yield _Group(title, about or _first_line(model), tuple(rows))
    for key, field, shape in below:
        yield from _groups(shape.annotation, f"{key}.", f"`{key}`", field.description or "")
    for row in rows:
        yield from _inside(row.key, row.shape)


def _inside(key: str, shape: Shape) -> Iterator[_Group]:
    """The sections that a dict or list holds."""
    if shape.kind is Kind.DICT:
        key, shape = f"{key}.NAME", shape.child("")
    elif shape.kind is Kind.LIST:
        key, shape = f"{key}[]", shape.child(0)
    else:
        return
    if shape.kind is Kind.SECTION:
        yield from _groups(shape.annotation, f"{key}.", f"`{key}`")
    for tag, member in shape.tags().items():
        title = f"`{key}` with `{shape.tag}: {tag}`"
        yield from _groups(member.annotation, f"{key}.", title)


def _markdown(group: _Group) -> str:
    lines = [f"### {group.title}", "", group.about, ""] if group.about else [f"### {group.title}"]
    lines += ["| Key | Value | Default | Meaning |", "|---|---|---|---|"]
    lines += [_line(row) for row in group.rows]
    return "\n".join(lines) + "\n"


def _line(row: _Row) -> str:
    cells = (
        f"`{row.key}`",
        _cell(expectation(row.shape)),
        _default(row.field),
        _cell(row.field.description or ""),
    )
    return f"| {' | '.join(cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined:
        return "none"
    text = to_flow(plain(value))
    return f"`{_cell(text)}`" if len(text) <= MAX_DEFAULT_CHARS else "see below"


def _cell(text: str) -> str:
    """Text for a table cell; `<` would begin HTML outside of code."""
    parts = text.replace("|", "\\|").replace("\n", " ").split("`")
    return "`".join(part if at % 2 else part.replace("<", "&lt;") for at, part in enumerate(parts))


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]

"""Loading: defaults, then the YAML file, then the environment, then the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from hub_agent.errors import NotFoundError
from hub_agent.settings.environment import read_environment, variables
from hub_agent.settings.fit import fit, settle_secrets
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.overrides import read_overrides
from hub_agent.settings.plugins import InstalledPlugins, Plugins
from hub_agent.settings.problems import InvalidSettingsError, KeyPath, Place, Problem, dotted
from hub_agent.settings.settings import Settings
from hub_agent.settings.shape import Kind, Shape, fields_of
from hub_agent.settings.translate import translate, unknown_key
from hub_agent.settings.tree import Entry, Leaf, Table, merge
from hub_agent.settings.yaml_file import find_file, read_file

_RANK_FILE, _RANK_ENVIRONMENT, _RANK_OVERRIDE = 1, 2, 3
_CORE = Shape(Kind.SECTION, CoreSettings)
_Model = TypeVar("_Model", bound=BaseModel)


def load_settings(
    path: Path | None = None,
    *,
    env: Mapping[str, str],
    overrides: Mapping[str, object] | None = None,
    plugins: Plugins | None = None,
) -> Settings:
    """The settings in force, or a `SettingsError` whose `problems` are all of them at once.

    Without `path` the usual places are tried. `overrides` have dotted keys (`speech.voice`); one
    that is None counts as not given.
    """
    found = find_file(path, env)
    loading = _Loading(found, plugins or InstalledPlugins())
    table = loading.read(env, overrides or {})
    return loading.validate(table)


class _Loading:
    """One load: collects problems as it goes."""

    def __init__(self, path: Path | None, plugins: Plugins) -> None:
        self._path = path
        self._plugins = plugins
        self._models: dict[str, type[BaseModel]] = {}
        self._broken: dict[str, str] = {}
        self._problems: list[Problem] = []

    def read(self, env: Mapping[str, str], overrides: Mapping[str, object]) -> Table:
        """Every source as one table; raises when the file cannot be read at all."""
        table, is_fatal = self._read_file()
        names = [
            *table.entries,
            *(path[0] for path in variables(env).values()),
            *(key.partition(".")[0] for key in overrides),
        ]
        self._find_models(names)
        readers = (
            read_environment(env, self._shape_at, rank=_RANK_ENVIRONMENT),
            read_overrides(overrides, self._shape_at, rank=_RANK_OVERRIDE),
        )
        for layer, problems in readers:
            self._problems += problems
            table = merge(table, layer)
        if is_fatal:
            self._raise()
        return table

    def validate(self, table: Table) -> Settings:
        """The settings of a table, or the error with every problem."""
        self._report_unknown(table)
        core = self._section(CoreSettings, _core_part(table), ())
        sections = {
            name: self._section(model, _filled(table.entries[name]), (name,))
            for name, model in self._models.items()
            if name in table.entries
        }
        if core is None or self._problems:
            self._raise()
        found = {name: section for name, section in sections.items() if section is not None}
        return Settings(core=core, integrations=found, path=self._path)

    def _read_file(self) -> tuple[Table, bool]:
        if self._path is None:
            return Table(Place("defaults")), False
        parsed = read_file(self._path, rank=_RANK_FILE)
        self._problems += parsed.problems
        node = parsed.node
        empty = Table(Place(str(self._path), 1, 1, _RANK_FILE))
        if node is None or (isinstance(node, Leaf) and node.value is None):
            return empty, parsed.fatal
        if isinstance(node, Table):
            return node, parsed.fatal
        self._problems.append(
            Problem(node.place, "", "the file holds no section", "begin with a line 'speech:'")
        )
        return empty, True

    def _find_models(self, names: list[str]) -> None:
        for name in dict.fromkeys(names):
            if name not in CoreSettings.model_fields and name in self._plugins.names():
                self._load_plugin(name)

    def _load_plugin(self, name: str) -> None:
        try:
            self._models[name] = self._plugins.load(name).settings
        except NotFoundError as error:
            self._broken[name] = str(error)

    def _shape_at(self, path: KeyPath) -> Shape:
        first, *rest = path
        model = self._models.get(str(first))
        shape = _CORE.child(first) if model is None else Shape(Kind.SECTION, model)
        for key in rest:
            shape = shape.child(key)
        return shape

    def _report_unknown(self, table: Table) -> None:
        for name, entry in table.entries.items():
            if name in self._broken:
                message, hint = self._broken[name], "check its installation, or remove the section"
                self._problems.append(Problem(entry.key, dotted((name,)), message, hint))
            elif name not in CoreSettings.model_fields and name not in self._models:
                known = (*fields_of(CoreSettings), *self._plugins.names())
                message, suggestion = unknown_key(name, known)
                problem = Problem(entry.key, dotted((name,)), message, suggestion)
                self._problems.append(problem)

    def _section(self, model: type[_Model], entry: Entry, path: KeyPath) -> _Model | None:
        shape = Shape(Kind.SECTION, model)
        node, problems = settle_secrets(entry.node, shape, path)
        self._problems += problems
        value = fit(node, shape)
        try:
            return model.model_validate(value, context=value if isinstance(value, dict) else None)
        except ValidationError as error:
            failure = error
        self._problems += translate(failure, Entry(entry.key, node), shape, path)
        return None

    def _raise(self) -> NoReturn:
        raise InvalidSettingsError(sorted(self._problems, key=_order))


def _core_part(table: Table) -> Entry:
    names = CoreSettings.model_fields
    core = {name: entry for name, entry in table.entries.items() if name in names}
    return Entry(table.place, Table(table.place, core))


def _filled(entry: Entry) -> Entry:
    """A section that was left empty asks for its defaults."""
    node = entry.node
    is_empty = isinstance(node, Leaf) and node.value is None
    return Entry(entry.key, Table(entry.key)) if is_empty else entry


def _order(problem: Problem) -> tuple[int, int, int]:
    place = problem.place
    return place.rank, place.line or 0, place.column or 0

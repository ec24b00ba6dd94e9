"""What is derived from the models: table, schema, effective settings, reload, example, unit."""

import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from hub_agent.audio import chime
from hub_agent.errors import UsageError
from hub_agent.settings import models, sinks, values
from hub_agent.settings.base import Section
from hub_agent.settings.load import load_settings
from hub_agent.settings.models import CoreSettings
from hub_agent.settings.plain import MASK, show
from hub_agent.settings.reference import (
    json_schema,
    reference_table,
    update_between_markers,
)
from hub_agent.settings.reload import changed_sections
from hub_agent.settings.settings import Settings
from tests.fakes.settings_plugins import FakePlugins, RadioSettings

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE = CONFIG / "hub-agent.example.yaml"
UNIT = CONFIG / "hub-agent.service"
BEGIN, END = "<!-- settings:begin -->", "<!-- settings:end -->"


def core_models() -> list[type[Section]]:
    named = {**vars(models), **vars(sinks)}.values()
    sections = [item for item in named if isinstance(item, type) and issubclass(item, Section)]
    return [item for item in sections if item not in (Section, sinks.SinkBase)]


def keys() -> Iterator[str]:
    for model in core_models():
        yield from model.model_fields


def test_the_table_has_every_key_with_its_description() -> None:
    table = reference_table(FakePlugins())
    described: list[type[BaseModel]] = [*core_models(), RadioSettings]
    for model in described:
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                continue
            assert re.search(rf"^\| `[^`]*\b{name}` \|.*\|$", table, re.MULTILINE), name
            assert (field.description or "?") in table, name


def test_every_field_has_a_title_and_a_description() -> None:
    for model in core_models():
        for name, field in model.model_fields.items():
            assert field.title, (model, name)
            assert field.description, (model, name)


def test_the_table_shows_ranges_choices_and_defaults() -> None:
    table = reference_table(FakePlugins())
    assert "| `speech.rate` | number from 0.4 to 3 | `1.0` |" in table
    assert "| `log.level` | one of: debug, info, warning, error | `info` |" in table
    assert "| `rooms.NAME.sinks[].folder` | path | required |" in table
    assert "| `radio.password` | secret text | none |" in table
    assert "| `rooms` | a section with keys below it, at least 1, at most 64 | see below |" in table


def test_the_table_has_a_part_for_every_kind_of_sink() -> None:
    table = reference_table(FakePlugins())
    for kind in ("device", "wav", "pipe", "tcp", "null"):
        assert f"`type: {kind}`" in table


def test_rows_of_the_table_have_the_same_number_of_cells() -> None:
    rows = [line for line in reference_table(FakePlugins()).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_only_what_is_between_the_markers_is_renewed() -> None:
    text = f"# Top\n{BEGIN}\nstale text\n{END}\ntail\n"
    new = update_between_markers(text, FakePlugins())
    assert new.startswith(f"# Top\n{BEGIN}\n")
    assert new.endswith(f"{END}\ntail\n")
    assert "stale text" not in new
    assert update_between_markers(new, FakePlugins()) == new


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}"])
def test_a_file_without_markers_is_not_touched(text: str) -> None:
    with pytest.raises(UsageError):
        update_between_markers(text, FakePlugins())


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for item in schema.values():
            yield from references(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)


def test_the_schema_describes_the_whole_file() -> None:
    schema = json_schema(FakePlugins())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {*CoreSettings.model_fields, "radio"}
    assert set(references(schema)) <= {f"#/$defs/{name}" for name in schema["$defs"]}


def loaded(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "hub-agent.yaml"
    file.write_text(text, "utf-8")
    return load_settings(file, env={}, plugins=FakePlugins())


RICH = """
agent_id: mine
data_dir: /srv/hub
default_room: b
rooms:
  a:
    sinks: [{type: wav, folder: /x y}, {type: tcp, host: 'no'}, {type: device, device: 'USB: 1'}]
    quiet_hours: [{start: 22:00, end: 07:00:05, allow: [critical, high]}]
    chime: ~/gong.wav
  b: {sinks: [{type: null}], ducking: {enabled: on}}
speech: {voice: 1e5, language: no, rate: 1.25}
queue: {default_expiry_s: 5, default_interrupt: drop}
radio: {password: "null", station: "12", mode: fm, presets: {x: 1e20}}
"""


def test_what_is_shown_can_be_loaded_again(tmp_path: Path) -> None:
    settings = loaded(tmp_path, RICH)
    again = loaded(tmp_path, show(settings, with_secrets=True))
    assert again == settings


def test_secrets_are_masked_unless_asked_for(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "radio: {password: hunter2}")
    assert "hunter2" not in show(settings)
    assert MASK in show(settings)
    assert "password: hunter2" in show(settings, with_secrets=True)


def test_the_settings_know_the_chimes_that_there_are() -> None:
    assert set(values.CHIMES) == set(chime.CHIMES)


def test_the_same_file_read_again_changes_nothing(tmp_path: Path) -> None:
    assert changed_sections(loaded(tmp_path, RICH), loaded(tmp_path, RICH)) == frozenset()


def test_changed_sections_are_named(tmp_path: Path) -> None:
    old = loaded(tmp_path, "speech: {rate: 1}\nqueue: {size: 1}\nradio: {host: a}")
    new = loaded(tmp_path, "speech: {rate: 2}\nqueue: {size: 1}\nradio: {host: b}\nagent_id: x")
    assert changed_sections(old, new) == {"speech", "radio", "agent_id"}


def test_a_section_that_comes_or_goes_is_a_change(tmp_path: Path) -> None:
    without, with_radio = loaded(tmp_path, "{}"), loaded(tmp_path, "radio:")
    assert changed_sections(without, with_radio) == {"radio"}
    assert changed_sections(with_radio, without) == {"radio"}


def uncommented(text: str) -> str:
    return re.sub(r"(?m)^(\s*)#(?=[a-z_]|- )", r"\1", text)


def test_the_example_file_is_valid_as_it_is() -> None:
    settings = load_settings(EXAMPLE, env={})
    assert list(settings.core.rooms) == ["kitchen"]
    assert "mqtt" not in settings.integrations


def test_the_example_file_is_valid_with_everything_uncommented(tmp_path: Path) -> None:
    file = tmp_path / "hub-agent.yaml"
    file.write_text(uncommented(EXAMPLE.read_text("utf-8")), "utf-8")
    settings = load_settings(file, env={})
    kinds = [sink.type for sink in settings.core.rooms["kitchen"].sinks]
    assert kinds == ["device", "wav", "pipe", "tcp", "null"]


def test_the_settings_of_the_example_can_be_uncommented_one_after_the_other(
    tmp_path: Path,
) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    file = tmp_path / "hub-agent.yaml"
    found = [at for at, line in enumerate(lines) if re.match(r"(?!.*:$)\s*#[a-z_]+:", line)]
    alone = [at for at in found if not belongs_to_commented(lines, at)]
    assert len(alone) > 20
    for at in alone:
        lines[at] = uncommented(lines[at])
        file.write_text("\n".join(lines), "utf-8")
        load_settings(file, env={})


def belongs_to_commented(lines: list[str], at: int) -> bool:
    """Whether the line is inside of a section or item that is itself commented out."""
    depth = indent(lines[at])
    for line in reversed(lines[:at]):
        if line.strip() and not line.lstrip().startswith("# ") and indent(line) < depth:
            return line.lstrip().startswith("#")
    return False


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def test_the_example_mentions_every_core_setting() -> None:
    text = uncommented(EXAMPLE.read_text("utf-8"))
    mentioned = set(re.findall(r"(?m)^\s*(?:- )?([a-z_]+):", text))
    assert set(keys()) <= mentioned


def test_the_example_shows_the_true_defaults(tmp_path: Path) -> None:
    file = tmp_path / "hub-agent.yaml"
    file.write_text(uncommented(EXAMPLE.read_text("utf-8")), "utf-8")
    shown, core = load_settings(file, env={}).core, CoreSettings()
    room, plain = shown.rooms["kitchen"], core.rooms["home"]
    assert (shown.agent_id, shown.log) == (core.agent_id, core.log)
    assert shown.speech.model_copy(update={"voice": None, "family_engines": ()}) == core.speech
    assert shown.queue.model_copy(update={"default_expiry_s": None}) == core.queue
    assert room.model_copy(update={"sinks": (), "chime": None, "quiet_hours": ()}) == (
        plain.model_copy(update={"sinks": ()})
    )
    for sink in room.sinks:
        needed = {name for name, field in type(sink).model_fields.items() if field.is_required()}
        assert sink == type(sink).model_validate(sink.model_dump(include=needed))


class UnitFile(configparser.RawConfigParser):
    """A systemd unit: names are case-sensitive, some are given more than once."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture
def unit() -> UnitFile:
    parser = UnitFile(strict=False)
    parser.read_string(UNIT.read_text("utf-8"))
    return parser


def test_the_unit_tells_systemd_when_the_agent_is_ready_and_alive(
    unit: UnitFile,
) -> None:
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 0
    assert service["ExecStart"] == "hub-agent run"
    assert service["ExecReload"] == "kill -HUP $MAINPID"


def test_the_unit_does_not_retry_what_cannot_get_better(
    unit: UnitFile,
) -> None:
    assert unit["Service"]["RestartPreventExitStatus"] == "77 78"
    assert int(unit["Service"]["TimeoutStopSec"]) > 8

"""What lies beside the code: manifest, texts in three languages, icons, quality scale."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from custom_components.hub_agent import const, issues, sensor
from custom_components.hub_agent.services import ANNOUNCE_SCHEMA, STOP_SCHEMA

COMPONENT = Path(const.__file__).parent
REPOSITORY = Path(__file__).parents[3]
LANGUAGES = ("en", "de", "zh-Hans")


def read_json(*path: str) -> Any:
    return json.loads(COMPONENT.joinpath(*path).read_text())


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


STRINGS = dict(leaves(read_json("strings.json")))


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert read_json("manifest.json")["version"] == project["version"]


def test_the_manifest_names_the_documentation_and_the_announced_type() -> None:
    manifest = read_json("manifest.json")
    assert manifest["documentation"] == const.DOCUMENTATION
    assert manifest["zeroconf"] == ["_hub-agent._tcp.local."]
    assert list(manifest)[:2] == ["domain", "name"]
    assert list(manifest)[2:] == sorted(list(manifest)[2:])


def test_english_is_what_the_code_was_written_with() -> None:
    assert read_json("translations", "en.json") == read_json("strings.json")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_complete_and_fills_in_the_same(language: str) -> None:
    texts = dict(leaves(read_json("translations", f"{language}.json")))
    assert list(texts) == list(STRINGS)
    for path, text in texts.items():
        assert text.strip(), path
        wanted = sorted(re.findall(r"{\w+}|`[^`]+`", STRINGS[path]))
        assert sorted(re.findall(r"{\w+}|`[^`]+`", text)) == wanted, path


def test_every_error_that_is_raised_can_be_read() -> None:
    code = "".join(file.read_text() for file in COMPONENT.glob("*.py"))
    raised = set(re.findall(r'translation_key="(\w+)"', code))
    entity = (COMPONENT / "entity.py").read_text()
    raised |= set(re.findall(r'return "(\w+)"', entity))
    assert raised == {path[1] for path in STRINGS if path[0] == "exceptions"}


def test_every_issue_can_be_read() -> None:
    assert set(issues.KEYS) == {path[1] for path in STRINGS if path[0] == "issues"}


def test_every_entity_has_an_icon_or_one_of_its_kind() -> None:
    named = {path[1:3] for path in STRINGS if path[0] == "entity"}
    icons = read_json("icons.json")["entity"]
    drawn = {(platform, key) for platform, keys in icons.items() for key in keys}
    assert named - drawn == {("binary_sensor", "problem")}
    assert drawn <= named


def test_every_word_of_a_sensor_can_be_read() -> None:
    for each in sensor.SENSORS:
        told = {path[4] for path in STRINGS if path[:4] == ("entity", "sensor", each.key, "state")}
        assert told == set(each.options or ())


@pytest.mark.parametrize(
    ("action", "schema"), [("announce", ANNOUNCE_SCHEMA), ("stop", STOP_SCHEMA)]
)
def test_forms_texts_and_schemas_of_actions_have_the_same_fields(action: str, schema: Any) -> None:
    form = yaml.safe_load((COMPONENT / "services.yaml").read_text())[action]["fields"]
    told = {path[3] for path in STRINGS if path[:3] == ("services", action, "fields")}
    assert set(form) == told == {str(key) for key in schema.schema}


def test_every_rule_of_the_quality_scale_is_done_or_exempt_for_a_reason() -> None:
    rules = yaml.safe_load((COMPONENT / "quality_scale.yaml").read_text())["rules"]
    assert len(rules) == 54
    for rule, status in rules.items():
        if status != "done":
            assert status["status"] in ("done", "exempt"), rule
            assert status["comment"], rule


def test_the_documentation_explains_every_issue_and_field() -> None:
    guide = (REPOSITORY / "integrations/home_assistant/README.md").read_text()
    headings = {heading.lower() for heading in re.findall(r"^#+ (.+)$", guide, re.MULTILINE)}
    assert {key.replace("_", " ") for key in issues.KEYS} <= headings
    for field in ANNOUNCE_SCHEMA.schema:
        assert f"`{field}`" in guide

"""What the README shows is run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hub_agent.settings.load import load_settings
from hub_agent.settings.reference import update_between_markers
from integrations.mqtt.codec import parse_speak

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(info: str) -> list[str]:
    return [found["body"] for found in FENCE.finditer(README) if found["info"] == info]


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.strip()]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A new user in a new house: only the program and the project's `config` folder."""
    (tmp_path / "config").symlink_to(ROOT / "config")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": str(tmp_path), "PATH": path, "LANG": "C.UTF-8"}


def test_there_are_examples_of_every_kind() -> None:
    assert len(commands()) >= 8
    assert blocks("yaml")
    assert blocks("json")


def test_every_command_works(home: dict[str, str]) -> None:
    for command in commands():
        done = subprocess.run(  # noqa: S602 - the README's own lines, as a user types them
            command,
            shell=True,
            check=False,
            cwd=home["HOME"],
            env=home,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr.decode()}"
    made = {file.name: file.stat().st_size for file in Path(home["HOME"]).glob("*.[wp]*")}
    assert made
    assert all(size > 10_000 for size in made.values()), made


def test_the_settings_examples_are_valid(tmp_path: Path) -> None:
    path = tmp_path / "hub-agent.yaml"
    examples = [block for block in blocks("yaml") if not block.startswith("action:")]
    home = next(example for example in examples if example.startswith("rooms:"))
    path.write_text(home, "utf-8")
    settings = load_settings(path, env={})
    assert list(settings.core.rooms) == ["kitchen", "everywhere"]
    assert "mqtt" in settings.integrations
    for example in examples:
        if example != home:
            path.write_text(f"{home}\n{example}", "utf-8")
            load_settings(path, env={})


def test_the_messages_are_understood() -> None:
    for message in blocks("json"):
        assert parse_speak(message.encode()).text
    action = next(block for block in blocks("yaml") if block.startswith("action: mqtt.publish"))
    payload = yaml.safe_load(action)["data"]["payload"].strip("{} \n").partition(" | tojson")[0]
    assert parse_speak(json.dumps(json.loads("{" + payload.strip("{} ") + "}")).encode()).text


def test_the_action_of_the_integration_has_these_fields() -> None:
    component = ROOT / "integrations" / "home_assistant" / "custom_components" / "hub_agent"
    known = yaml.safe_load((component / "services.yaml").read_text("utf-8"))["announce"]["fields"]
    example = next(each for each in blocks("yaml") if each.startswith("action: hub_agent.announce"))
    assert set(yaml.safe_load(example)["data"]) <= set(known)


def test_the_table_of_settings_is_up_to_date() -> None:
    assert update_between_markers(README) == README

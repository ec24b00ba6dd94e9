"""`hub-agent config`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub_agent.cli.config import app
from hub_agent.errors import SettingsError, UsageError
from hub_agent.settings.load import load_settings
from hub_agent.settings.problems import InvalidSettingsError

GOOD = "speech: {rate: 2}\nmqtt: {username: hub, password: hunter2}\n"
BAD = "speech: {rate: 99}\nspech: {}\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("HUB_AGENT_CONFIG", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    path = tmp_path / "hub-agent.yaml"
    path.write_text(GOOD)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_says_that_the_settings_are_in_order(file: Path) -> None:
    result = run("check", "--config", file)
    assert result.exit_code == 0
    assert result.stdout == f"the settings are in order: {file}\n"


def test_check_without_a_file_checks_the_defaults(file: Path) -> None:
    file.unlink()
    assert run("check").exit_code == 0


def test_check_lets_the_error_with_all_problems_escape(file: Path) -> None:
    file.write_text(BAD)
    result = run("check", "--config", file)
    assert isinstance(result.exception, InvalidSettingsError)
    assert len(result.exception.problems) == 2
    assert result.stdout == ""


def test_check_for_machines_reports_every_problem_and_fails(file: Path) -> None:
    file.write_text(BAD)
    result = run("check", "--json", "--config", file)
    report = json.loads(result.stdout)
    assert result.exit_code == 78
    assert report["ok"] is False
    assert [(problem["line"], problem["key"]) for problem in report["problems"]] == [
        (1, "speech.rate"),
        (2, "spech"),
    ]
    assert set(report["problems"][0]) == {
        *("source", "line", "column", "key", "message", "suggestion"),
    }


def test_check_for_machines_is_short_when_all_is_well(file: Path) -> None:
    result = run("check", "--json", "--config", file)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"ok": True, "file": str(file), "problems": []}


def test_the_file_may_be_named_by_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_AGENT_CONFIG", str(file))
    assert str(file) in run("check").stdout


def test_show_masks_secrets_unless_asked_for(file: Path) -> None:
    assert "hunter2" not in run("show", "--config", file).stdout
    assert "hunter2" in run("show", "--with-secrets", "--config", file).stdout


def test_show_includes_the_environment_and_can_be_loaded(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_AGENT__QUEUE__SIZE", "42")
    shown = tmp_path / "shown.yaml"
    shown.write_text(run("show", "--with-secrets", "--config", file).stdout)
    settings = load_settings(shown, env={})
    assert settings.core.queue.size == 42
    assert settings.core.speech.rate == 2


def test_schema_prints_json(file: Path) -> None:
    assert file.exists()
    schema = json.loads(run("schema").stdout)
    assert {"speech", "rooms", "mqtt"} <= set(schema["properties"])


def test_reference_prints_the_table() -> None:
    assert "| `speech.rate` |" in run("reference").stdout


def test_reference_renews_a_file_and_checks_it(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- settings:begin -->\n<!-- settings:end -->\nz\n")
    stale = run("reference", "--write", readme, "--check")
    assert isinstance(stale.exception, SettingsError)
    assert "speech" not in readme.read_text()
    assert run("reference", "--write", readme).exit_code == 0
    assert "| `speech.rate` |" in readme.read_text()
    assert run("reference", "--write", readme, "--check").exit_code == 0


def test_reference_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    assert isinstance(run("reference", "--check").exception, UsageError)
    assert isinstance(run("reference", "--write", tmp_path / "none").exception, UsageError)
    assert isinstance(run("reference", "--write", tmp_path).exception, UsageError)


def test_reference_is_not_offered_to_householders() -> None:
    shown = run("--help").stdout
    assert "schema" in shown
    assert "reference" not in shown

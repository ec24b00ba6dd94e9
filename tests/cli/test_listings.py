"""The commands that list what is there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub_agent.cli.main import app
from tests.cli.in_process import command_line


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


def rows(runner: CliRunner, *arguments: str) -> list[dict[str, Any]]:
    done = runner.invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, list)
    return value


def test_embedded_engine_is_there_and_works(runner: CliRunner) -> None:
    (row,) = [row for row in rows(runner, "engines") if row["engine"] == "embedded"]
    assert row["works"]
    assert row["voices"] > 50


def test_voices_can_be_chosen_by_language(runner: CliRunner) -> None:
    found = rows(runner, "voices", "list", "--language", "en-GB")
    assert found
    assert all(any(tag.startswith("en-gb") for tag in row["languages"]) for row in found)
    assert len(rows(runner, "voices", "list")) > len(found)


def test_variants_can_be_listed(runner: CliRunner) -> None:
    plain = {row["voice"] for row in rows(runner, "voices", "list", "--language", "de")}
    variants = {
        row["voice"] for row in rows(runner, "voices", "list", "--language", "de", "--variants")
    }
    assert len(variants) > len(plain)


def test_language_without_a_voice_is_not_found(runner: CliRunner) -> None:
    done = runner.invoke(app, ["voices", "list", "--language", "xx"])
    assert done.exit_code == 66
    assert "hint: hub-agent voices list" in done.stderr


def test_unknown_engine_is_not_found(runner: CliRunner) -> None:
    done = runner.invoke(app, ["voices", "list", "--engine", "steam"])
    assert done.exit_code == 66


def test_table_has_one_line_a_row_for_programs(runner: CliRunner) -> None:
    done = runner.invoke(app, ["voices", "list"])
    assert len(done.stdout.splitlines()) == len(rows(runner, "voices", "list")) + 1


def test_machine_without_loudspeakers_lists_none(runner: CliRunner) -> None:
    assert all({"name", "is_default"} <= set(row) for row in rows(runner, "devices"))

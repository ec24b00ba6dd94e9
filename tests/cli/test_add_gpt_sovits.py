"""The command that makes a model of GPT-SoVITS checkpoints."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub_agent.cli.main import app
from tests.cli.in_process import command_line
from tests.fakes.full_size_networks import SMALL_BERT, write_bert
from tests.fakes.golden import golden_file, golden_folder
from tests.fakes.gpt_sovits_packs import golden_pack
from tests.fakes.random_checkpoints import TINY_S1, write_s1, write_s2


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CliRunner]:
    with command_line(tmp_path) as runner:
        yield runner


def add(runner: CliRunner, *options: object) -> Any:
    return runner.invoke(app, ["models", "add-gpt-sovits", *map(str, options)])


def golden_options() -> list[object]:
    s1, s2 = golden_file("s1_tiny.ckpt"), golden_file("s2_tiny_v2.pth")
    return ["--s1", s1, "--s2", s2, "--hubert", golden_folder("hubert_tiny")]


def rows(runner: CliRunner, command: str) -> dict[str, Any]:
    done = runner.invoke(app, ["models", command, "--json"])
    assert done.exit_code == 0, done.stderr
    return {row["model"]: row for row in json.loads(done.stdout)}


def test_checkpoints_become_a_model_that_is_listed_verified_and_removed(
    runner: CliRunner, tmp_path: Path
) -> None:
    done = add(runner, *golden_options(), "--licence", "only at home", "--json")
    assert done.exit_code == 0, done.stderr
    made = json.loads(done.stdout)
    assert (made["model"], made["kind"], made["precision"]) == ("s2_tiny_v2", "v2", "int8")
    assert (made["bert"], made["int8_bert_snr_db"]) == (False, None)
    assert made["int8_against_fp32"]["agreement"] > 0.8
    assert Path(made["folder"]).is_relative_to(tmp_path)
    listed = rows(runner, "list")["s2_tiny_v2"]
    assert (listed["engine"], listed["licence"]) == ("gpt_sovits", "only at home")
    assert listed["languages"] == ["zh", "en", "ja", "ko", "yue"]
    assert rows(runner, "verify")["s2_tiny_v2"]["undamaged"] is True
    again = add(runner, *golden_options())
    assert again.exit_code == 65
    assert "models remove s2_tiny_v2" in again.stderr
    assert runner.invoke(app, ["models", "remove", "s2_tiny_v2"]).exit_code == 0
    assert "s2_tiny_v2" not in rows(runner, "list")


def test_a_second_model_needs_no_hubert_of_its_own_and_says_what_int8_costs(
    runner: CliRunner, tmp_path: Path
) -> None:
    first = add(runner, *golden_options()[:4])
    assert first.exit_code == 66
    assert "hub-agent models add hf:" in first.stderr
    shutil.copytree(golden_pack().folder, packs(tmp_path) / "s2_tiny_v2")
    bert = write_bert(tmp_path / "bert", SMALL_BERT)
    second = add(runner, *golden_options()[:4], "--name", "living-room", "--bert", bert)
    assert second.exit_code == 0, second.stderr
    assert "living-room (v2) is ready" in second.stderr
    assert "of the steps" in second.stderr
    assert "what BERT makes of Mandarin" in second.stderr


def packs(folder: Path) -> Path:
    """Made by the first command, whatever came of it."""
    (data,) = (folder / "share").iterdir()
    return data / "models" / "packs"


@pytest.mark.parametrize(
    ("change", "exit_code", "words"),
    [
        ({"--s1": "nothing.ckpt"}, 65, "GPT (s1): the checkpoint cannot be read"),
        ({"--s1": "s2.pth"}, 65, "use the checkpoint of GPT (s1)"),
        ({"--s2": "s1.ckpt"}, 65, "use a SoVITS checkpoint of v2, v2Pro or v2ProPlus"),
        ({"--hubert": "."}, 65, "HuBERT: the checkpoint cannot be read"),
        ({"--bert": "."}, 65, "BERT: the checkpoint cannot be read"),
        ({"--name": "Living Room"}, 2, "lower-case letters"),
        ({"--precision": "int4"}, 2, "int4"),
    ],
)
def test_mistakes_are_told_with_what_to_do(
    runner: CliRunner, tmp_path: Path, change: dict[str, str], exit_code: int, words: str
) -> None:
    write_s1(tmp_path / "s1.ckpt", TINY_S1)
    write_s2(tmp_path / "s2.pth")
    options = {"--s1": "s1.ckpt", "--s2": "s2.pth", **change}
    done = add(runner, *(word for option in options.items() for word in option))
    assert done.exit_code == exit_code, done.stderr
    assert words in done.stderr
    assert not list(tmp_path.rglob("*.onnx"))

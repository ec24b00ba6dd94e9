"""`voices enrol` as a test calls it: a home of its own, the speaker model already there."""

import json
import shutil
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from hub_agent.cli.main import app
from tests.fakes.speaker_model import speaker_models_folder

CONSENT = ("--consent", "attested", "--relationship", "self", "--attested-by", "Rosa Example")


def with_speaker_model(home: Path) -> None:
    """Put the real speaker model into the data folder of a test's home."""
    models = home / "share" / "hub-agent" / "models"
    shutil.copytree(speaker_models_folder(), models, dirs_exist_ok=True)


def enrol(runner: CliRunner, recordings: Path, *options: str, name: str = "grandma") -> Result:
    """Enrol from files, with the consent of the person."""
    words = ["voices", "enrol", name, "--name", name.title(), "--recordings", str(recordings)]
    return runner.invoke(app, [*words, *CONSENT, "--json", *options])


def answer(done: Result) -> dict[str, Any]:
    """What a command printed as JSON."""
    value = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(value, dict)
    return value

import json
from pathlib import Path

import pytest
from typer.testing import Result

from hub_agent import __version__
from hub_agent.cli.main import app
from tests.cli.in_process import command_line


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "configuration.yaml").touch()
    return folder


def install(home: Path, *arguments: str) -> Result:
    with command_line(home) as runner:
        return runner.invoke(app, ["home-assistant", "install", *arguments])


def test_the_integration_is_copied_whole_and_nothing_else(tmp_path: Path, config: Path) -> None:
    done = install(tmp_path, str(config), "--json")
    assert done.exit_code == 0, done.output
    target = config / "custom_components" / "hub_agent"
    assert json.loads(done.stdout) == {"folder": str(target), "version": __version__}
    assert {"manifest.json", "services.yaml", "tts.py"} <= {file.name for file in target.iterdir()}
    assert (target / "translations" / "de.json").is_file()
    assert not list(target.rglob("__pycache__"))
    assert sorted(each.name for each in config.iterdir()) == [
        "configuration.yaml",
        "custom_components",
    ]


def test_an_older_version_is_replaced_and_others_stay(tmp_path: Path, config: Path) -> None:
    components = config / "custom_components"
    for name in ("hub_agent", "hacs"):
        (components / name).mkdir(parents=True)
        (components / name / "manifest.json").write_text("{}")
        (components / name / "forgotten.py").touch()
    done = install(tmp_path, str(config))
    assert __version__ in done.stdout
    assert "restart" in done.stderr
    assert not (components / "hub_agent" / "forgotten.py").exists()
    assert (components / "hacs" / "forgotten.py").exists()


def test_a_folder_that_is_not_home_assistants_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    done = install(tmp_path, str(folder))
    assert done.exit_code == 66
    assert "configuration.yaml" in done.stderr
    assert not list(folder.iterdir())


def test_what_is_no_integration_is_not_replaced(tmp_path: Path, config: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (config / "custom_components").mkdir()
    (config / "custom_components" / "hub_agent").symlink_to(mine)
    assert install(tmp_path, str(config)).exit_code == 77
    assert mine.is_dir()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, config: Path) -> None:
    (config / "custom_components").touch()
    done = install(tmp_path, str(config))
    assert done.exit_code == 77
    assert "cannot be written" in done.stderr

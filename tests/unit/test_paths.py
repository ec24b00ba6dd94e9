"""Where things lie."""

import os
from pathlib import Path

import pytest

from hub_agent import paths
from hub_agent.errors import ExitCode, RefusedError
from hub_agent.paths import control_socket, data_folder, make_data_folder


def test_configured_folder_wins(tmp_path: Path) -> None:
    assert data_folder(tmp_path, env={"XDG_DATA_HOME": "/elsewhere"}) == tmp_path


def test_data_follow_the_xdg_variable() -> None:
    assert data_folder(env={"XDG_DATA_HOME": "/x", "HOME": "/h"}) == Path("/x/hub-agent")


@pytest.mark.parametrize("value", ["relative/path", ""])
def test_relative_or_empty_xdg_variable_is_ignored(value: str) -> None:
    assert data_folder(env={"XDG_DATA_HOME": value, "HOME": "/h"}) == Path(
        "/h/.local/share/hub-agent"
    )


def test_container_with_a_data_volume_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CONTAINER_DATA", tmp_path)
    monkeypatch.setattr(paths, "CONTAINER_MARKS", (tmp_path,))
    assert data_folder(env={"HOME": "/h"}) == tmp_path
    assert data_folder(env={"HOME": "/h", "XDG_DATA_HOME": "/x"}) == Path("/x/hub-agent")


def test_new_data_folder_is_private(tmp_path: Path) -> None:
    made = make_data_folder(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o777 == 0o700


def test_existing_data_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    make_data_folder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_file_in_place_of_the_data_folder_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RefusedError, match="no folder is in its place") as caught:
            make_data_folder(path)
        assert caught.value.exit_code is ExitCode.NOT_PERMITTED
        assert "HUB_AGENT__DATA_DIR" in (caught.value.hint or "")


def test_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RefusedError, match="cannot be written to"):
        make_data_folder(tmp_path)


def test_control_socket_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert control_socket(tmp_path).parent == tmp_path

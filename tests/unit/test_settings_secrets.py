"""Secrets from files."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from hub_agent.errors import SettingsError
from hub_agent.settings.secret_file import MAX_SECRET_BYTES, read_secret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "password"


def test_nothing_given_is_no_secret() -> None:
    assert read_secret(None, None, env={}) is None


def test_a_value_needs_no_file(file: Path) -> None:
    assert read_secret(SecretStr("s"), file, env={}) == "s"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"s", "s"),
        (b"s\n", "s"),
        (b"s\r\n", "s"),
        (b"s\n\n", "s\n"),
        (b" s ", " s "),
        (b"\n\n", "\n"),
    ],
)
def test_one_newline_at_the_end_is_not_part_of_the_secret(
    file: Path, content: bytes, secret: str
) -> None:
    file.write_bytes(content)
    assert read_secret(None, file, env={}) == secret


def test_a_relative_path_names_a_systemd_credential(tmp_path: Path) -> None:
    (tmp_path / "mqtt").write_text("from systemd\n")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_secret(None, Path("mqtt"), env=env) == "from systemd"


def test_an_absolute_path_is_never_a_credential(tmp_path: Path, file: Path) -> None:
    file.write_text("plain")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path / "elsewhere")}
    assert read_secret(None, file, env=env) == "plain"


def test_without_such_a_credential_the_path_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mqtt").write_text("here")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path / "elsewhere")}
    assert read_secret(None, Path("mqtt"), env=env) == "here"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"hunter\xff", "is not UTF-8 text"),
        (b"hunter" * MAX_SECRET_BYTES, "is too large"),
        (None, "cannot be read"),
    ],
)
def test_an_unusable_file_is_named_but_its_content_is_not(
    file: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=message) as caught:
        read_secret(None, file, env={})
    assert str(file) in str(caught.value)
    assert "hunter" not in f"{caught.value}{caught.value.__context__}{caught.value.__cause__}"


def test_a_secret_of_the_largest_size_is_read(file: Path) -> None:
    file.write_bytes(b"s" * MAX_SECRET_BYTES)
    assert read_secret(None, file, env={}) == "s" * MAX_SECRET_BYTES


@pytest.mark.parametrize("path", ["/", "/nowhere/at/all", "a\0b"])
def test_a_path_that_is_no_file_is_a_settings_error(path: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_secret(None, Path(path), env={})

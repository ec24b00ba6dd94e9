"""Secrets that are kept in files: systemd credentials, Docker secrets, plain files."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from hub_agent.errors import SettingsError

MAX_SECRET_BYTES = 64 * 1024
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"


def read_secret(
    value: SecretStr | None, file: Path | None, *, env: Mapping[str, str]
) -> str | None:
    """The secret: `value` if given, else what the file holds without one newline at its end.

    A relative path names a systemd credential if there is one of that name. Errors name the file.
    """
    if value is not None:
        return value.get_secret_value()
    return None if file is None else _read(_resolve(file, env))


def _resolve(file: Path, env: Mapping[str, str]) -> Path:
    folder = env.get(CREDENTIALS_VARIABLE)
    if not folder or file.is_absolute():
        return file
    credential = Path(folder) / file
    return credential if credential.is_file() else file


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_SECRET_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unusable(file, "cannot be read", "check that it is there, and its owner") from error
    if len(data) > MAX_SECRET_BYTES:
        raise _unusable(file, "is too large", f"at most {MAX_SECRET_BYTES // 1024} KiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise _unusable(file, "is not UTF-8 text", "write the secret as text")
    secret = text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
    if not secret:
        raise _unusable(file, "is empty", "write the secret into it")
    return secret


def _unusable(file: Path, message: str, hint: str) -> SettingsError:
    return SettingsError(f"the secret file {file} {message}", hint=hint)

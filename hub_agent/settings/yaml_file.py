"""The settings file: found, read within limits, parsed."""

import stat
from collections.abc import Mapping
from pathlib import Path

from hub_agent.settings.positions import Positions
from hub_agent.settings.problems import Place, Problem
from hub_agent.settings.text_checks import control_character, decode
from hub_agent.settings.yaml_source import Parsed, parse_yaml

MAX_FILE_BYTES = 1024 * 1024
FILE_NAME = "hub-agent.yaml"
SYSTEM_FILE = Path("/etc/hub-agent") / FILE_NAME
PATH_VARIABLE = "HUB_AGENT_CONFIG"


def find_file(path: Path | None, env: Mapping[str, str]) -> Path | None:
    """The file to read: the one asked for, else the first usual one that is there, else None."""
    if path is not None:
        return path
    if env.get(PATH_VARIABLE):
        return Path(env[PATH_VARIABLE])
    return next((usual for usual in _usual_files(env) if _is_there(usual)), None)


def read_file(path: Path, *, rank: int) -> Parsed:
    """Parse a settings file; whatever is wrong with it becomes problems, never an exception."""
    try:
        data, is_regular = _read_bytes(path)
    except OSError as error:
        return _unreadable(path, *_explain_os_error(error))
    except ValueError:
        return _unreadable(path, "is not a path", "check for control characters")
    if len(data) > MAX_FILE_BYTES:
        return _unreadable(path, "is too large", f"at most {MAX_FILE_BYTES // 1024} KiB")
    if is_regular and not data.strip():
        return _unreadable(path, "is empty", "for the defaults remove it, or leave a comment")
    return _parse(path, data, rank)


def _parse(path: Path, data: bytes, rank: int) -> Parsed:
    text, damage = decode(data)
    positions = Positions(text, str(path), rank=rank)
    if damage is not None:
        return _damaged(positions.place(damage[0]), f"the file {damage[1]}", "save it as UTF-8")
    control = control_character(text)
    if control is not None:
        offset, name = control
        place = positions.place(offset)
        return _damaged(place, f"the control character {name}", "remove it")
    return parse_yaml(text, positions.place)


def _read_bytes(path: Path) -> tuple[bytes, bool]:
    with path.open("rb") as file:
        is_regular = stat.S_ISREG(path.stat().st_mode)
        return file.read(MAX_FILE_BYTES + 1), is_regular


def _explain_os_error(error: OSError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "is not there", "check the path given with --config or HUB_AGENT_CONFIG"
    if isinstance(error, IsADirectoryError):
        return "is a folder", f"name the file in it, for example {FILE_NAME}"
    if isinstance(error, PermissionError):
        return "may not be read by this user", "check its owner and mode"
    return "cannot be read", error.strerror or "input/output error"


def _unreadable(path: Path, message: str, suggestion: str) -> Parsed:
    return _damaged(Place(str(path)), message, suggestion)


def _damaged(place: Place, message: str, suggestion: str) -> Parsed:
    return Parsed(None, (Problem(place, "", message, suggestion),), fatal=True)


def _usual_files(env: Mapping[str, str]) -> tuple[Path, ...]:
    """XDG asks to ignore relative paths, and names `~/.config` where the variable is not set."""
    bases = [env.get("XDG_CONFIG_HOME", "")]
    if not bases[0] and env.get("HOME"):
        bases = [f"{env['HOME']}/.config"]
    users = tuple(Path(base) / "hub-agent" / FILE_NAME for base in bases if base.startswith("/"))
    return (*users, SYSTEM_FILE)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False

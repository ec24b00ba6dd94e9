"""Where the agent keeps its things: data, settings and the control socket."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from hub_agent.errors import HubAgentError, RefusedError

APP = "hub-agent"
CONTAINER_DATA = Path("/data")
CONTAINER_SETTINGS = Path("/config")
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
PRIVATE_FOLDER_MODE = 0o700
VAULT_KEY = "vault.key"
AUDIT_ANCHOR = "audit.anchor"


def data_folder(configured: Path | None = None, *, env: Mapping[str, str] = os.environ) -> Path:
    """The folder of the agent's state: configured, else `/data` in a container, else the user's."""
    if configured is not None:
        return configured.expanduser()
    if "XDG_DATA_HOME" not in env and in_container():
        return CONTAINER_DATA
    return _base_folder("XDG_DATA_HOME", ".local/share", env) / APP


def control_socket(data_dir: Path) -> Path:
    """Where a running agent listens for its own command line."""
    return data_dir / "control.sock"


def vault_folder(data_dir: Path) -> Path:
    """Where the family voices lie, encrypted."""
    return data_dir / "vault"


def ledger_folder(data_dir: Path) -> Path:
    """Where consents and withdrawals are recorded."""
    return data_dir / "ledger"


def mark_key_file(data_dir: Path) -> Path:
    """The hub's own secret, which marks stock voices."""
    return data_dir / "mark.key"


def audit_folder(data_dir: Path) -> Path:
    """Where it is recorded what was said in family voices: beside the ledger."""
    return data_dir / "audit"


def audit_anchor(key_file: Path) -> Path:
    """How far the audit log had come: outside the data folder, so that an older copy shows."""
    return key_file.with_name(AUDIT_ANCHOR)


def token_file(data_dir: Path) -> Path:
    """What programs on the network must show."""
    return data_dir / "web.token"


def paired_file(data_dir: Path) -> Path:
    """There once a program got the token by asking."""
    return data_dir / "web.paired"


def preferences_file(data_dir: Path) -> Path:
    """What the household turned while the agent ran."""
    return data_dir / "preferences.json"


def greetings_file(data_dir: Path) -> Path:
    """Which greetings were said, and what the household turned of them."""
    return data_dir / "greetings.json"


def hub_id_file(data_dir: Path) -> Path:
    """The random id that tells this hub from every other one."""
    return data_dir / "hub.id"


def models_folder(data_dir: Path) -> Path:
    """Where downloaded models lie."""
    return data_dir / "models"


def credentials_folder(data_dir: Path) -> Path:
    """Where the keys lie that sign content credentials."""
    return data_dir / "c2pa"


def vault_key_file(configured: Path | None = None, *, env: Mapping[str, str] = os.environ) -> Path:
    """The key of the vault: outside the data folder, so that a copy of that cannot be opened."""
    if configured is not None:
        return configured.expanduser()
    if "XDG_CONFIG_HOME" not in env and in_container() and CONTAINER_SETTINGS.is_dir():
        return CONTAINER_SETTINGS / VAULT_KEY
    return _base_folder("XDG_CONFIG_HOME", ".config", env) / APP / VAULT_KEY


def in_container() -> bool:
    """Whether this is a container with a volume for data."""
    return CONTAINER_DATA.is_dir() and any(mark.exists() for mark in CONTAINER_MARKS)


def make_data_folder(path: Path) -> Path:
    """The folder, made private when it is new, and sure to be writable."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise _no_data_folder(path, error) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise RefusedError(f"data folder {path} cannot be written to", hint=_HINT)
    return path


_HINT = "name one that can be written: HUB_AGENT__DATA_DIR=/path/to/folder hub-agent run"


def _no_data_folder(path: Path, error: OSError) -> HubAgentError:
    why = "something that is no folder is in its place"
    if error.errno not in (errno.EEXIST, errno.ENOTDIR):
        why = (error.strerror or "unknown reason").lower()
    return RefusedError(f"data folder {path} cannot be made: {why}", hint=_HINT)


def _base_folder(variable: str, below_home: str, env: Mapping[str, str]) -> Path:
    """The folder a variable of the XDG base directory specification names, or its default.

    The specification tells us to ignore relative ones.
    """
    named = Path(env.get(variable, ""))
    return named if named.is_absolute() else _home(env) / below_home


def _home(env: Mapping[str, str]) -> Path:
    home = env.get("HOME", "")
    if home:
        return Path(home)
    try:
        return Path.home()
    except RuntimeError as error:
        raise RefusedError("this user has no home folder", hint=_HINT) from error

"""Puts the integration for Home Assistant where Home Assistant looks for it."""

import json
import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hub_agent.errors import NotFoundError, RefusedError

DOMAIN: Final = "hub_agent"
SETTINGS_FILE: Final = "configuration.yaml"
_HOME: Final = files("integrations").joinpath("home_assistant", "custom_components", DOMAIN)
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedComponent:
    """What was copied, and where to."""

    folder: Path
    version: str


def copy_component(configuration: Path) -> CopiedComponent:
    """Replace what is there by this agent's version.

    Raises `NotFoundError` for a folder that is not Home Assistant's, `RefusedError` where it
    cannot be written or something else is in the way.
    """
    if not (configuration / SETTINGS_FILE).is_file():
        raise NotFoundError(
            f"there is no {SETTINGS_FILE} in {configuration}",
            hint="hub-agent home-assistant install FOLDER_OF_CONFIGURATION_YAML",
            reason="no_home_assistant",
        )
    target = configuration / "custom_components" / DOMAIN
    try:
        _replace(target)
    except OSError as error:
        raise RefusedError(
            f"{target} cannot be written: {(error.strerror or 'unknown').lower()}",
            hint="run the command as the user that Home Assistant runs as",
            reason="not_writable",
        ) from error
    manifest = json.loads((target / "manifest.json").read_text())
    return CopiedComponent(folder=target, version=manifest["version"])


def _replace(target: Path) -> None:
    """Whole or not at all, as far as Home Assistant can see."""
    if target.is_symlink() or (target.exists() and not (target / "manifest.json").is_file()):
        raise RefusedError(
            f"{target} is something else", hint=f"mv {target} {target}.old", reason="in_the_way"
        )
    target.parent.mkdir(exist_ok=True)
    with (
        TemporaryDirectory(dir=target.parents[1], prefix=f".{DOMAIN}.") as beside,
        as_file(_HOME) as component,
    ):
        shutil.copytree(component, Path(beside) / "new", ignore=_NOT_COPIED)
        if target.exists():
            target.rename(Path(beside) / "old")
        (Path(beside) / "new").rename(target)

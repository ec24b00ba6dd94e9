"""The user's own settings for package indexes, as pip and uv read them."""

import configparser
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub_agent.downloads.address import Address, address_of
from hub_agent.errors import SettingsError

PYPI: Final = "https://pypi.org/simple"
_SECTIONS: Final = ("global", "download")
"""Later ones win, as for `pip download`."""
_TRUE: Final = frozenset({"1", "y", "yes", "t", "true", "on"})
_MAX_FILE_BYTES: Final = 1 << 20
_ROOT: Final = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Where packages come from: folders and pages of links first, then indexes, in order."""

    links: tuple[Address, ...] = ()
    indexes: tuple[Address, ...] = ()
    authorities: Path | None = None
    proxy: str | None = field(default=None, repr=False)


def read_index_settings(
    env: Mapping[str, str] = os.environ, *, prefix: Path | None = None, root: Path = _ROOT
) -> IndexSettings:
    """What environment and configuration files say; PyPI where they say nothing (reads files)."""
    pip = _pip_settings(env, Path(sys.prefix) if prefix is None else prefix, root)
    return IndexSettings(
        links=_addresses(pip.get("find-links", "").split()),
        indexes=() if _is_true(pip.get("no-index", "")) else _indexes(env, pip),
        authorities=_authorities(env, pip),
        proxy=pip.get("proxy") or None,
    )


def _indexes(env: Mapping[str, str], pip: Mapping[str, str]) -> tuple[Address, ...]:
    default = (
        env.get("PIP_INDEX_URL")
        or _unnamed(env.get("UV_DEFAULT_INDEX", ""))
        or env.get("UV_INDEX_URL")
        or pip.get("index-url")
        or PYPI
    )
    extra = pip.get("extra-index-url", "").split() + env.get("UV_EXTRA_INDEX_URL", "").split()
    named = [_unnamed(each) for each in env.get("UV_INDEX", "").split()]
    return _addresses([default, *extra, *named])


def _addresses(texts: list[str]) -> tuple[Address, ...]:
    return tuple(dict.fromkeys(address_of(text) for text in texts))


def _unnamed(text: str) -> str:
    """The address alone of what uv also takes as `name=address`."""
    name, equals, address = text.strip().partition("=")
    return address if equals and ":" not in name and "/" not in name else text.strip()


def _authorities(env: Mapping[str, str], pip: Mapping[str, str]) -> Path | None:
    """Certificates to trust; none: those of the system, or of `SSL_CERT_FILE`."""
    named = pip.get("cert") or env.get("REQUESTS_CA_BUNDLE") or env.get("CURL_CA_BUNDLE")
    return _path(named) if named else None


def _pip_settings(env: Mapping[str, str], prefix: Path, root: Path) -> dict[str, str]:
    """By name as on the command line; the environment wins over files."""
    settings: dict[str, str] = {}
    for file in _pip_files(env, prefix, root):
        settings |= _read(file)
    for name, value in env.items():
        if name.startswith("PIP_") and value:
            settings[_key(name.removeprefix("PIP_"))] = value
    return settings


def _pip_files(env: Mapping[str, str], prefix: Path, root: Path) -> list[Path]:
    """The least important first."""
    named = env.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(env.get("HOME") or Path.home())
    machine = [
        Path(folder) / "pip/pip.conf"
        for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        if folder
    ]
    user = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    files = [*machine, root / "etc/pip.conf", home / ".pip/pip.conf", user / "pip/pip.conf"]
    return [*files, prefix / "pip.conf", *([_path(named)] if named else [])]


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise SettingsError(
            "a path among the package index settings is in the home of nobody",
            hint="pip config list",
        ) from None


def _read(file: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        with file.open("rb") as opened:
            parser.read_string(opened.read(_MAX_FILE_BYTES).decode("utf-8"))
    except OSError:
        return {}
    except (configparser.Error, UnicodeDecodeError):
        # The parser's own message quotes the line, which may hold a password.
        raise SettingsError(f"{file} is no configuration of pip", hint="pip config debug") from None
    return {
        _key(name): value
        for section in _SECTIONS
        if parser.has_section(section)
        for name, value in parser.items(section)
    }


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def _is_true(value: str) -> bool:
    return value.strip().lower() in _TRUE

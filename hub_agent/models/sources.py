"""What somebody may name to add a model: a folder, an archive, an address, a public repository."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

from hub_agent.downloads.address import Address, address_of
from hub_agent.errors import NotFoundError, SettingsError, UsageError
from hub_agent.models.archive import SUFFIXES
from hub_agent.models.manifest import MANIFEST
from hub_agent.models.safe_path import require_safe_path

ENDPOINT: Final = "https://huggingface.co"
ENDPOINT_VARIABLE: Final = "HF_ENDPOINT"
"""As the client of the hub itself calls it; names a mirror."""
_HELP: Final = "hub-agent models add --help"
_REPOSITORY: Final = re.compile(
    r"hf:(?P<owner>[\w-][\w.-]*)/(?P<name>[\w-][\w.-]*)"
    r"(@(?P<revision>[\w-][\w.-]*))?(/(?P<inside>.+?)/?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class PackFolder:
    """A pack that lies on a disk here."""

    path: Path


@dataclass(frozen=True, slots=True)
class PackArchive:
    """A tar or zip of a pack, on a disk here."""

    path: Path


@dataclass(frozen=True, slots=True)
class WebPack:
    """A manifest on the web, with its files beside it."""

    manifest: Address


@dataclass(frozen=True, slots=True)
class WebArchive:
    """A tar or zip of a pack, on the web."""

    archive: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Weights as their authors publish them on the Hugging Face hub.

    `inside` is a folder or a file of the repository, all of it where None.
    """

    endpoint: Address
    owner: str
    name: str
    revision: str
    inside: str | None


Source: TypeAlias = PackFolder | PackArchive | WebPack | WebArchive | Repository


def source_of(text: str, env: Mapping[str, str] = os.environ) -> Source:
    """What `text` means; raises `UsageError`, or `NotFoundError` where nothing lies there."""
    if text.startswith("hf:"):
        return _repository(text, env)
    if "://" in text:
        return _on_the_web(text)
    path = Path(text).expanduser()
    if path.is_dir():
        return PackFolder(path)
    if path.is_file():
        return PackArchive(path)
    raise NotFoundError(f"there is no model, file or folder {text!r}", hint=_HELP)


def _repository(text: str, env: Mapping[str, str]) -> Repository:
    match = _REPOSITORY.fullmatch(text)
    if match is None:
        raise _no_repository()
    if match["inside"] is not None:
        _require_safe(match["inside"])
    return Repository(
        endpoint=_address(env.get(ENDPOINT_VARIABLE) or ENDPOINT),
        owner=match["owner"],
        name=match["name"],
        revision=match["revision"] or "main",
        inside=match["inside"],
    )


def _require_safe(inside: str) -> None:
    try:
        require_safe_path(inside)
    except ValueError:
        raise _no_repository() from None


def _on_the_web(text: str) -> Source:
    address = _address(text)
    name = PurePosixPath(unquote(urlsplit(address.url).path)).name
    if name == MANIFEST:
        return WebPack(address)
    if name.endswith(SUFFIXES):
        return WebArchive(address)
    raise UsageError(
        "the address names neither a manifest nor an archive",
        hint=f"an address that ends with {MANIFEST}, {' or '.join(SUFFIXES)}",
    )


def _address(text: str) -> Address:
    try:
        address = address_of(text)
    except SettingsError:
        raise _no_address() from None
    if not address.is_web:
        raise _no_address()
    return address


def _no_repository() -> UsageError:
    return UsageError(
        "this names no repository", hint="hf:owner/name, hf:owner/name@revision/folder"
    )


def _no_address() -> UsageError:
    return UsageError("this is no address of the web", hint=f"https://…; see {_HELP}")

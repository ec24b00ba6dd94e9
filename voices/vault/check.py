"""Verifying every file of a vault."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from voices.durable import UnsafeFileError, rightful_owner
from voices.errors import VaultDamagedError, VaultError
from voices.vault.catalogue import MAX_CATALOGUE_BYTES
from voices.vault.faults import missing
from voices.vault.header import (
    HEADER_NAME,
    MAX_HEADER_BYTES,
    PARTS_FOLDER,
    Header,
    catalogue_name,
    digest,
    is_ours,
    is_part,
    read_header,
)
from voices.vault.keyfile import read_key_file
from voices.vault.loading import Opened, Place, load_catalogue, load_part, stamp_of
from voices.vault.lock import LOCK_NAME
from voices.vault.parts import MAX_PART_BYTES, Part

_ATTEMPTS = 3
_REASONS = {"no_key_file": "missing", "unsafe_key_file": "mode", "foreign": "foreign"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One file that is not as it should be.

    `reason` is damaged, missing, extra, foreign or mode.
    """

    file: str
    reason: str
    message: str


def check_vault(place: Place, opened: Opened | None) -> list[Finding]:
    """All that is wrong; with the keys also what only they can tell."""
    findings: list[Finding] = []
    for _ in range(_ATTEMPTS):
        before = stamp_of(place.header)
        findings = list(_findings(place, opened))
        if stamp_of(place.header) == before:
            break
    return findings


def _findings(place: Place, opened: Opened | None) -> Iterator[Finding]:
    yield from _modes(place)
    header, found = _check_header(place, opened)
    yield from found
    if header is None:
        return
    wanted = {HEADER_NAME, LOCK_NAME, PARTS_FOLDER, *header.files}
    yield from _extra(place, wanted)
    if opened is not None and opened.header.generation == header.generation:
        yield from _check_opened(place, header, opened)
    else:
        yield from _check_sums(place, header)


def _check_header(place: Place, opened: Opened | None) -> tuple[Header | None, list[Finding]]:
    """The header to judge the other files by, and what is wrong with the one on the disk."""
    known = None if opened is None else opened.header

    def read() -> Header:
        try:
            data = place.files.read(place.path(HEADER_NAME), MAX_HEADER_BYTES)
        except FileNotFoundError as error:
            raise missing(HEADER_NAME) from error
        header = read_header(data)
        if opened is not None and not header.is_signed_by(opened.vmk):
            raise VaultDamagedError(f"{HEADER_NAME} was not written by this vault")
        return header

    found: list[Header] = []
    findings = list(_tried(place, HEADER_NAME, lambda: found.append(read())))
    return (found[0] if found else known), findings


def _check_opened(place: Place, header: Header, opened: Opened) -> Iterator[Finding]:
    name = catalogue_name(header.generation)
    yield from _tried(place, name, lambda: load_catalogue(place, header, opened.vmk).wipe())
    for part in opened.catalogue.parts:
        yield from _tried(place, part.file, partial(_check_part, place, opened, part))
    for record in opened.catalogue.slots.values():
        if record.path is not None:
            read = partial(read_key_file, Path(record.path), place.files)
            yield from _tried(place, record.path, read)


def _check_part(place: Place, opened: Opened, part: Part) -> None:
    load_part(place, opened, part).wipe()


def _check_sums(place: Place, header: Header) -> Iterator[Finding]:
    """What can be told without the keys."""
    for name, expected in header.files.items():

        def verify(name: str = name, expected: str = expected) -> None:
            limit = MAX_PART_BYTES if is_part(name) else MAX_CATALOGUE_BYTES
            if digest(place.files.read(place.path(name), limit)) != expected:
                raise VaultDamagedError(f"{name} of the vault was changed")

        yield from _tried(place, name, verify)


def _tried(place: Place, name: str, verify: Callable[[], object]) -> Iterator[Finding]:
    try:
        verify()
    except FileNotFoundError:
        yield Finding(name, "missing", str(missing(name)))
    except UnsafeFileError as error:
        yield Finding(name, "damaged", str(error))
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        yield Finding(name, "damaged", f"{name} of the vault in {place.folder}: {why}")
    except VaultError as error:
        is_missing = isinstance(error.__cause__, FileNotFoundError)
        reason = "missing" if is_missing else _REASONS.get(error.reason, "damaged")
        yield Finding(name, reason, str(error))


def _extra(place: Place, wanted: set[str]) -> Iterator[Finding]:
    for name in _names(place):
        if name not in wanted:
            why = "is left over and goes at the next unlock" if is_ours(name) else "is not ours"
            yield Finding(name, "extra", f"{name} in the folder of the vault {why}")


def _modes(place: Place) -> Iterator[Finding]:
    for name in ("", *_names(place)):
        path = place.path(name) if name else place.folder
        try:
            found = path.lstat() if name else path.stat()
        except FileNotFoundError:
            continue
        shown = name or str(place.folder)
        if stat.S_ISLNK(found.st_mode):
            yield Finding(shown, "damaged", f"{shown} is a link")
        elif found.st_mode & 0o077:
            yield Finding(shown, "mode", f"{shown} can be read by others: chmod go= {path}")
        elif found.st_uid != rightful_owner(path):
            yield Finding(shown, "mode", f"{shown} belongs to somebody else")


def _names(place: Place) -> list[str]:
    top = place.files.names(place.folder)
    try:
        inner = place.files.names(place.path(PARTS_FOLDER))
    except (FileNotFoundError, NotADirectoryError):
        inner = []
    return [*top, *(f"{PARTS_FOLDER}/{name}" for name in inner)]

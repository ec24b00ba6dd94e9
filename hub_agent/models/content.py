"""What is on the disk, held against what a manifest says of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from hub_agent.errors import ModelFileError
from hub_agent.models.manifest import MANIFEST, Manifest, PackFile
from hub_agent.models.tree import files_in, sha256_of

Progress: TypeAlias = Callable[[int, int], None]
"""Told the bytes that are done and those there will be (0: nobody knows yet)."""


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def describe_files(folder: Path) -> tuple[PackFile, ...]:
    """All files below `folder` but its manifest, as a manifest names them (reads every byte)."""
    return tuple(
        PackFile(path=path, size=size, sha256=sha256_of(folder / path, lambda _: None))
        for path, size in sorted(files_in(folder).items())
        if path != MANIFEST
    )


def require_files(folder: Path, manifest: Manifest, *, hint: str) -> None:
    """A `ModelFileError` unless exactly the files of the manifest are there, in their sizes."""
    found = dict(files_in(folder))
    found.pop(MANIFEST, None)
    for file in manifest.files:
        size = found.pop(file.path, None)
        if size is None:
            raise _damaged(manifest, hint, f"{file.path} is missing")
        if size != file.size:
            raise _damaged(manifest, hint, f"{file.path} has another size")
    if found:
        raise _damaged(manifest, hint, "there is a file that its manifest does not name")


def require_content(folder: Path, manifest: Manifest, progress: Progress, *, hint: str) -> None:
    """As `require_files`, and every byte of them (reads all)."""
    require_files(folder, manifest, hint=hint)
    done = 0

    def advance(num_bytes: int) -> None:
        nonlocal done
        done += num_bytes
        progress(done, manifest.size)

    for file in manifest.files:
        if sha256_of(folder / file.path, advance) != file.sha256:
            raise _damaged(manifest, hint, f"{file.path} has another content")


def _damaged(manifest: Manifest, hint: str, why: str) -> ModelFileError:
    return ModelFileError(f"model {manifest.name} is damaged: {why}", hint=hint)

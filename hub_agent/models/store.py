"""Where installed packs lie: each comes and goes as a whole, whatever happens meanwhile."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub_agent.downloads.disk import writing_into
from hub_agent.errors import AgentBusyError, ModelFileError, NotFoundError
from hub_agent.models.content import Progress, require_content, require_files, silent
from hub_agent.models.manifest import MANIFEST, Manifest, read_manifest
from hub_agent.models.tree import PUBLISHER, remove_tree, settle_tree
from voices.durable import DiskFiles, Files, rightful_owner

KEPT_FOR_S: Final = 14 * 24 * 3600
"""How long a download that nobody went on with stays."""
_PACKS: Final = "packs"
_LOCK: Final = ".lock"
_STAGING: Final = ".staging-"
_REMOVED: Final = ".removed-"


@dataclass(frozen=True, slots=True)
class InstalledPack:
    """A pack that is here; its sizes were right when it was opened."""

    folder: Path
    manifest: Manifest

    def path(self, file: str) -> Path:
        """Where a file of the manifest lies."""
        return self.folder / file


class ModelStore:
    """Packs by name in one folder. All methods touch the disk."""

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self._folder = folder
        self._files = files or DiskFiles()

    def names(self) -> tuple[str, ...]:
        """All that are here, damaged ones too."""
        if not self._folder.is_dir():
            return ()
        return tuple(name for name in self._files.names(self._folder) if not name.startswith("."))

    def packs(self) -> tuple[InstalledPack, ...]:
        """All that can be opened."""
        found = []
        for name in self.names():
            with suppress(ModelFileError):
                found.append(self.open(name))
        return tuple(found)

    def open(self, name: str) -> InstalledPack:
        """One pack; raises `NotFoundError`, or `ModelFileError` where files are missing or cut."""
        folder = self._require(name)
        manifest = read_manifest(folder)
        if manifest.name != name:
            raise ModelFileError(f"model {name} calls itself otherwise", hint=_anew(name))
        require_files(folder, manifest, hint=_anew(name))
        return InstalledPack(folder, manifest)

    def verify(self, name: str, progress: Progress = silent) -> None:
        """Raises `ModelFileError` unless every byte is as the manifest says (reads all)."""
        pack = self.open(name)
        require_content(pack.folder, pack.manifest, progress, hint=_anew(name))

    @contextmanager
    def staging(self, key: str | None = None) -> Iterator[Path]:
        """A folder to put a pack together in, and then to `install`; one at a time.

        With `key` it survives a block that fails for now, and is there again for the same key;
        a block that finds the files unusable does not keep them.
        """
        with writing_into(self._folder), self._alone():
            folder = self._folder / f"{_STAGING}{key or 'new'}"
            self._clear(kept=folder if key else None)
            self._files.make_folder(folder)
            os.utime(folder)
            try:
                yield folder
            except ModelFileError:
                remove_tree(folder)
                raise
            except BaseException:
                if key is None:
                    remove_tree(folder)
                raise
            remove_tree(folder)

    def install(
        self, staging: Path, manifest: Manifest, progress: Progress = silent
    ) -> InstalledPack:
        """Make the verified folder `staging`, on the disk of the store, the pack of its name.

        Raises `ModelFileError` where it is not what the manifest says, or the name is taken.
        """
        self.require_free(manifest.name)
        require_content(staging, manifest, progress, hint=PUBLISHER)
        target = self._folder / manifest.name
        with writing_into(self._folder):
            self._files.make_folder(self._folder)
            self._files.write(staging / MANIFEST, manifest.to_bytes())
            settle_tree(staging, owner=rightful_owner(target))
            self._files.move(staging, target)
        return InstalledPack(target, manifest)

    def require_free(self, name: str) -> None:
        """A `ModelFileError` where a pack of this name is here."""
        if name in self.names():
            raise ModelFileError(
                f"there is a model {name} already", hint=_anew(name), reason="model_exists"
            )

    def remove(self, name: str) -> None:
        """Remove a pack; raises `NotFoundError` with those there are."""
        folder = self._require(name)
        with writing_into(self._folder), self._alone():
            self._clear(kept=None)
            self._files.move(folder, self._folder / f"{_REMOVED}{name}")
            self._clear(kept=None)

    def _require(self, name: str) -> Path:
        names = self.names()
        if name not in names:
            here = f"models here: {', '.join(names)}" if names else "hub-agent models add --help"
            raise NotFoundError(f"there is no model {name!r} here", hint=here)
        return self._folder / name

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The only one who changes the store, or `AgentBusyError`."""
        self._files.make_folder(self._folder)
        self._files.append(self._folder / _LOCK, b"")
        fd = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            _lock(fd)
            yield
        finally:
            os.close(fd)

    def _clear(self, *, kept: Path | None) -> None:
        """Remove what a crash, or a download that was given up, left behind."""
        for name in self._files.names(self._folder):
            path = self._folder / name
            if name.startswith((_STAGING, _REMOVED)) and path != kept and not _is_resumable(path):
                remove_tree(path)


def pack_store(models_folder: Path) -> ModelStore:
    """Where packs and published files lie among the models."""
    return ModelStore(models_folder / _PACKS)


def _lock(fd: int) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AgentBusyError(
            "another command is changing the models",
            hint="wait until it is done",
            reason="models_busy",
        ) from error


def _is_resumable(path: Path) -> bool:
    is_named = path.name.startswith(_STAGING) and path.name != f"{_STAGING}new"
    return is_named and time.time() - path.stat().st_mtime < KEPT_FOR_S


def _anew(name: str) -> str:
    return f"hub-agent models remove {name}, then add it again"

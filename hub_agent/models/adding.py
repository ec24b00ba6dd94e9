"""Adding a model to the store, from wherever it comes."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from hub_agent.downloads.address import Address
from hub_agent.downloads.disk import megabytes, require_room
from hub_agent.downloads.web import Patience
from hub_agent.errors import ModelFileError
from hub_agent.models.archive import unpack
from hub_agent.models.content import Progress
from hub_agent.models.downloading import PATIENCE, download_archive, download_files, plan_of
from hub_agent.models.manifest import Manifest, read_manifest
from hub_agent.models.sources import (
    PackArchive,
    PackFolder,
    Repository,
    Source,
    WebArchive,
    WebPack,
)
from hub_agent.models.store import InstalledPack, ModelStore
from hub_agent.models.tree import copy_files, remove_tree

Steps: TypeAlias = Callable[[str], Progress]
"""Told what is done next; gives what to tell how far it is."""
MAX_BYTES: Final = 8_000_000_000
_UNPACKED: Final = "unpacked"


class Adding:
    """Adds models to `store`: none above `max_bytes`. Blocks; not for an event loop."""

    def __init__(
        self,
        store: ModelStore,
        steps: Steps,
        *,
        max_bytes: int = MAX_BYTES,
        env: Mapping[str, str] = os.environ,
        patience: Patience = PATIENCE,
    ) -> None:
        self._store = store
        self._steps = steps
        self._max_bytes = max_bytes
        self._env = env
        self._patience = patience

    def add(self, source: Source) -> InstalledPack:
        """Raises `ModelFileError` for what cannot be used, `UnavailableError` for what may later.

        What a failed or interrupted download has got stays: the next one goes on with it.
        """
        match source:
            case PackFolder():
                return self._add_folder(source.path)
            case PackArchive():
                return self._add_archive(source.path)
            case WebArchive():
                return self._add_web_archive(source.archive)
            case WebPack() | Repository():
                return self._add_published(source)

    def _add_folder(self, folder: Path) -> InstalledPack:
        manifest = read_manifest(folder)
        self._require_fit(manifest.name, manifest.size)
        with self._store.staging() as staging:
            require_room(staging, manifest.size)
            self._copy(folder, manifest, staging)
            return self._install(staging, manifest)

    def _add_archive(self, archive: Path) -> InstalledPack:
        with self._store.staging() as staging:
            return self._unpack(archive, staging)

    def _add_web_archive(self, address: Address) -> InstalledPack:
        key = hashlib.sha256(address.url.encode()).hexdigest()[:32]
        with self._store.staging(key) as staging:
            arriving = download_archive(
                address,
                staging,
                self._max_bytes,
                self._steps("downloading"),
                self._env,
                self._patience,
            )
            return self._unpack(asyncio.run(arriving), staging)

    def _add_published(self, source: WebPack | Repository) -> InstalledPack:
        plan = asyncio.run(plan_of(source, self._env, self._patience))
        self._require_fit(plan.name, plan.size)
        with self._store.staging(plan.key) as staging:
            progress = self._steps("downloading")
            arriving = download_files(plan, staging, progress, self._env, self._patience)
            files = asyncio.run(arriving)
            return self._install(files, plan.manifest_of(files))

    def _unpack(self, archive: Path, staging: Path) -> InstalledPack:
        self._steps("unpacking")
        remove_tree(staging / _UNPACKED)
        folder = unpack(archive, staging / _UNPACKED, max_bytes=self._max_bytes)
        manifest = read_manifest(folder)
        self._require_fit(manifest.name, manifest.size)
        return self._install(folder, manifest)

    def _copy(self, folder: Path, manifest: Manifest, staging: Path) -> None:
        progress, done = self._steps("copying"), 0

        def advance(num_bytes: int) -> None:
            nonlocal done
            done += num_bytes
            progress(done, manifest.size)

        copy_files(folder, {file.path: file.size for file in manifest.files}, staging, advance)

    def _install(self, folder: Path, manifest: Manifest) -> InstalledPack:
        return self._store.install(folder, manifest, self._steps("verifying"))

    def _require_fit(self, name: str, size: int) -> None:
        self._store.require_free(name)
        if size > self._max_bytes:
            raise ModelFileError(
                f"model {name} has {megabytes(size)}, more than {megabytes(self._max_bytes)}",
                hint=f"allow more: hub-agent models add --max-gb {size // 10**9 + 1}",
                reason="too_big",
            )

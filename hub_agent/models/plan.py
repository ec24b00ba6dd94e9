"""What is to be downloaded for a model, known before the first byte of it comes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub_agent.downloads.address import Address
from hub_agent.models.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A file of the web; at least one of the checksums is known."""

    path: str
    address: Address
    size: int
    sha256: str | None = None
    git_oid: str | None = None

    @property
    def checksum(self) -> str:
        """What tells this content from every other."""
        return self.sha256 or self.git_oid or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Files of a model to be; `manifest_of` tells of the folder they have come into."""

    name: str
    files: tuple[PublishedFile, ...]
    manifest_of: Callable[[Path], Manifest]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def key(self) -> str:
        """The same for the same content, so that a later command goes on with it."""
        content = "\n".join(f"{file.path}\t{file.size}\t{file.checksum}" for file in self.files)
        return hashlib.sha256(f"{self.name}\n{content}".encode()).hexdigest()[:32]

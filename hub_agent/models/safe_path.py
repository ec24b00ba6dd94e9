"""Paths that a manifest or an archive may name: relative, plain, each a file of its own."""

import unicodedata
from typing import Final

MAX_PATH_BYTES: Final = 400
MAX_NAME_BYTES: Final = 200
_MAX_DEPTH: Final = 8


def require_safe_path(path: str) -> str:
    """The path itself; a `ValueError` says why it must not be used."""
    names = path.split("/")
    if len(path.encode()) > MAX_PATH_BYTES or len(names) > _MAX_DEPTH:
        raise ValueError("the path is too long")
    if not path.isprintable() or "\\" in path or ":" in path:
        raise ValueError("the path holds a character that is not permitted")
    for name in names:
        if not name or name.startswith("."):
            raise ValueError("the path is absolute, leads elsewhere or is hidden")
        if name != name.strip() or len(name.encode()) > MAX_NAME_BYTES:
            raise ValueError("the path has a name that not every disk can hold")
    return path


class SafePaths:
    """Safe paths that can lie beside each other, on a disk that ignores case too."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, path: str) -> None:
        """A `ValueError` says why it must not be used."""
        parts = _folded(require_safe_path(path)).split("/")
        folders = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        file = "/".join(parts)
        if file in self._files or file in self._folders or folders & self._files:
            raise ValueError("two paths are the same, or one is a folder of the other")
        self._files.add(file)
        self._folders |= folders


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())

"""Key material in memory: wipeable, never shown, kept out of swap and core dumps if we can."""

import ctypes
import mmap
import resource
from contextlib import suppress
from types import TracebackType
from typing import NoReturn, Self

from voices.durable import Data
from voices.errors import VaultLockedError

_PR_SET_DUMPABLE = 4


class Secret:
    """Bytes in a memory page of their own, until `wipe`.

    What the interpreter and the crypto library copy on their way cannot be wiped; those copies
    are dropped as soon as they are used.
    """

    __slots__ = ("_page", "_size")

    def __init__(self, data: Data) -> None:
        self._size = len(data)
        self._page: mmap.mmap | None = mmap.mmap(-1, max(self._size, 1))
        _keep_private(self._page)
        self._page[: self._size] = bytes(data)

    def view(self) -> memoryview:
        """The bytes, not copied; drop it soon."""
        if self._page is None:
            raise VaultLockedError("the vault is locked", hint="hub-agent vault unlock")
        return memoryview(self._page)[: self._size]

    def wipe(self) -> None:
        """Overwrite the bytes; nothing can be had from here afterwards."""
        if self._page is not None:
            self._page[:] = bytes(len(self._page))
            self._page = None

    def copy(self) -> "Secret":
        """A second one of the same bytes, wiped on its own."""
        return Secret(self.view())

    def __len__(self) -> int:
        return self._size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")


def wipe(buffer: bytearray) -> None:
    """Overwrite a buffer with zeros."""
    buffer[:] = bytes(len(buffer))


def harden_process() -> None:
    """No core dumps of this process, and no other of the same user may look into its memory.

    Best effort: a system that refuses is no worse off than before.
    """
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _keep_private(page: mmap.mmap) -> None:
    with suppress(OSError, AttributeError, ValueError):
        page.madvise(mmap.MADV_DONTDUMP)
    with suppress(OSError, AttributeError):
        start = ctypes.c_char.from_buffer(page)
        ctypes.CDLL(None).mlock(
            ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(len(page))
        )

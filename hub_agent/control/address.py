"""Socket addresses of any length: the kernel takes 107 bytes, folders may be deeper."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_ADDRESS_BYTES = 107
"""`sun_path` of unix(7) less the closing zero."""


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """What to give to `bind` or `connect` for a socket at `path`, valid while entered.

    A path that is too long is reached through a descriptor of its folder.
    """
    if len(os.fsencode(path)) <= MAX_ADDRESS_BYTES:
        yield os.fspath(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)

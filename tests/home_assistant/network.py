"""A network for this process and all that it starts, apart from that of the machine.

Home Assistant does not look for services on the loopback interface; here it finds an interface
with an address, at which nobody else ever announces anything.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ADDRESS: Final = "10.77.0.1"
_CLONE_NEWNET: Final = 0x4000_0000
_SETUP: Final = (
    "link set lo up",
    "link add home type veth peer name far",
    f"addr add {ADDRESS}/24 dev home",
    "link set home up",
    "link set far up",
    "route add default dev home",
)
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@contextmanager
def private_network() -> Iterator[None]:
    """Enter before threads are started: only those of later, and processes, are in it."""
    outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _check(_LIBC.unshare(_CLONE_NEWNET))
        for arguments in _SETUP:
            subprocess.run(["ip", *arguments.split()], check=True)
        yield
    finally:
        _check(_LIBC.setns(outside, _CLONE_NEWNET))
        os.close(outside)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

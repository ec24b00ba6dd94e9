"""Who is at the other end of a TCP connection: lost peers are noticed, slow ones hoard nothing."""

import socket
from contextlib import suppress
from typing import Final

KERNEL_BUFFER_BYTES: Final = 64 * 1024
"""The kernel doubles it. Its own choice would let 4 MiB wait for each client that reads nothing;
and what waits there can no longer be cut off."""
DEAD_AFTER_S: Final = 20
PROBE_AFTER_S: Final = 10
PROBE_EVERY_S: Final = 5
PROBES: Final = 2


def hold_back_little(sock: socket.socket) -> None:
    """Let little wait in the kernel for a slow reader."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)


def notice_lost_peers(sock: socket.socket) -> None:
    """A peer without power says no goodbye: ask it while silent, and give up on what it owes."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_AFTER_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_EVERY_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_S * 1000)

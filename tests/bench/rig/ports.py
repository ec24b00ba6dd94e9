"""Free TCP ports and waiting for something to listen on one."""

import socket
import time

HOST = "127.0.0.1"
_POLL_S = 0.002


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections on `port`."""
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def wait_until_listens(port: int, timeout_s: float) -> bool:
    """Wait for somebody to accept connections; False when nobody did in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if listens(port):
            return True
        time.sleep(_POLL_S)
    return False

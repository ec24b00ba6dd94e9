"""Telling the service manager how we are (the sd_notify protocol)."""

import os
import socket
from collections.abc import Mapping


def notify(*assignments: str, env: Mapping[str, str] = os.environ) -> bool:
    """Send `READY=1`, `STATUS=…` and the like; False when nobody listens. Never waits."""
    address = env.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as peer:
            peer.sendto("\n".join(assignments).encode(), address)
    except OSError:
        return False
    return True


def watchdog_interval_s(env: Mapping[str, str] = os.environ) -> float | None:
    """How often to send `WATCHDOG=1`: half the time after which we would be killed."""
    timeout_us = env.get("WATCHDOG_USEC", "")
    if not timeout_us.isdigit() or env.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(timeout_us) / 2e6 or None

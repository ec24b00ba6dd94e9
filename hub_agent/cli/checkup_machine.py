"""Checks of the machine: Python, clock, disk, permissions."""

import getpass
import os
import platform
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hub_agent.cli.checkup import Check, failed, ok, warn
from hub_agent.paths import control_socket
from hub_agent.service.lock import LOCK_NAME

OLDEST_PYTHON: Final = (3, 11)
EARLIEST_YEAR: Final = 2025
"""No clock that was ever set shows an earlier one to this program."""
LOW_DISK_BYTES: Final = 200 * 1024**2
NO_DISK_BYTES: Final = 10 * 1024**2
SOUND_DEVICES: Final = Path("/dev/snd")
SOUND_SERVERS: Final = ("pulse/native", "pipewire-0")
_COMMAND_TIMEOUT_S: Final = 5.0


def check_python() -> Check:
    """Whether this Python is new enough."""
    found = platform.python_version()
    if sys.version_info[:2] < OLDEST_PYTHON:
        return failed("python", f"{found} is too old", "sudo apt-get install python3")
    return ok("python", f"{found} on {platform.machine()}")


def check_clock(now: datetime | None = None) -> Check:
    """Whether the time is plausible and kept: quiet hours, expiry and TLS depend on it."""
    moment = now or datetime.now(UTC)
    if moment.year < EARLIEST_YEAR:
        return failed("clock", f"it shows the year {moment.year}", "sudo timedatectl set-ntp true")
    synchronised = _timedatectl("NTPSynchronized")
    if synchronised == "no":
        return warn("clock", "it is not kept by the network", "sudo timedatectl set-ntp true")
    return ok("clock", "kept by the network" if synchronised == "yes" else "plausible")


def check_disk(data_dir: Path) -> Check:
    """Whether there is room for the agent's state."""
    place = _nearest_existing(data_dir)
    free = shutil.disk_usage(place).free
    what = f"{free // 1024**2} MiB free for {data_dir}"
    if free < NO_DISK_BYTES:
        return failed("disk", what, f"sudo du -xh --max-depth=2 {place} | sort -h | tail")
    return ok("disk", what) if free >= LOW_DISK_BYTES else warn("disk", what, "make room")


def check_permissions(data_dir: Path) -> Check:
    """Whether the agent may write its state, others may not read it, and sound is allowed."""
    for finding in (_check_data_dir(data_dir), _check_socket(data_dir), _check_sound()):
        if finding is not None:
            return finding
    return ok("permissions", f"{data_dir} is private and can be written")


def _check_data_dir(data_dir: Path) -> Check | None:
    place = _nearest_existing(data_dir)
    if not place.is_dir():
        return failed("permissions", f"{place} is no folder", f"mv {place} {place}.old")
    if not os.access(place, os.W_OK | os.X_OK):
        mend = f"sudo chown -R {_me()} {place}"
        return failed("permissions", f"{place} cannot be written to", mend)
    if place != data_dir:
        return None
    return _check_private(data_dir)


def _check_private(data_dir: Path) -> Check | None:
    found = data_dir.stat()
    if found.st_uid != os.geteuid():
        mend = f"sudo chown -R {_me()} {data_dir}"
        return warn("permissions", f"{data_dir} belongs to another user", mend)
    if found.st_mode & 0o077 and (data_dir / LOCK_NAME).exists():
        return warn("permissions", f"others can look into {data_dir}", f"chmod 700 {data_dir}")
    return None


def _check_socket(data_dir: Path) -> Check | None:
    path = control_socket(data_dir)
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if stat.S_ISSOCK(mode) and not mode & 0o077:
        return None
    return failed("permissions", f"{path} is open to others", f"rm {path}, then hub-agent run")


def _check_sound() -> Check | None:
    """A sound card that only group `audio` may use, and no sound server that opens it for us."""
    run_time = os.environ.get("XDG_RUNTIME_DIR", "")
    served = any((Path(run_time) / name).exists() for name in SOUND_SERVERS if run_time)
    outputs = list(SOUND_DEVICES.glob("pcm*p")) if SOUND_DEVICES.is_dir() else []
    if served or not outputs or any(os.access(each, os.W_OK) for each in outputs):
        return None
    mend = f"sudo usermod -aG audio {_me()}, then log in again"
    return failed("permissions", "the sound card may not be used by this user", mend)


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def _timedatectl(wanted: str) -> str | None:
    try:
        done = subprocess.run(
            ["timedatectl", "show", "--property", wanted, "--value"],
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.geteuid())

"""A Debian in a folder, and commands that run inside it."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MIRROR: Final = "http://deb.debian.org/debian"
PACKAGES: Final = (
    "ca-certificates",
    "ffmpeg",
    "g++",
    "libturbojpeg0",
    "python3",
    "python3-dev",
    "python3-venv",
)
"""What Home Assistant runs on, and what packages without wheels are compiled with."""

_NEW_SUITES: Final = "/usr/share/debootstrap/scripts/sid"
"""How suites are set up that are newer than debootstrap itself."""

_ENTER: Final = """
set -eu
tree=$1; shift
while [ "$1" != -- ]; do
    mkdir -p "$tree$(dirname "$2")"
    if [ -d "$1" ]; then mkdir -p "$tree$2"; else touch "$tree$2"; fi
    mount --rbind "$1" "$tree$2"
    shift 2
done
shift
exec chroot "$tree" "$@"
"""


def bootstrap(suite: str, root: Path) -> list[str]:
    """The command that makes the tree."""
    debootstrap = shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin")
    packages = f"--include={','.join(PACKAGES)}"
    return [
        *(debootstrap or "debootstrap", "--variant=minbase", packages),
        *(suite, str(root), MIRROR, _NEW_SUITES),
    ]


def inside(root: Path, *arguments: str, binds: Mapping[Path, str] | None = None) -> list[str]:
    """A command inside the tree; `binds`: folders of this machine and where they are in there.

    The process that starts becomes the one inside, so signals reach it; what is mounted for it
    is seen by nobody else and goes with it.
    """
    mounts = [
        part for here, there in {**_shared(), **(binds or {})}.items() for part in (here, there)
    ]
    return [
        "unshare",
        "--mount",
        "sh",
        "-c",
        _ENTER,
        "sh",
        *map(str, (root, *mounts)),
        "--",
        *arguments,
    ]


def environment() -> dict[str, str]:
    """What a command inside sees: nothing of this machine but how it reaches package indexes."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key.startswith("PIP_") or key.lower().endswith("_proxy")
    }
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**kept, "PATH": path, "HOME": "/root", "LANG": "C.UTF-8"}


def _shared() -> dict[Path, str]:
    """The kernel's folders, the way to the network, and whom to trust there."""
    same = ("/proc", "/dev", "/etc/ssl/certs", "/etc/resolv.conf", "/etc/pip.conf")
    shared = {Path(path): path for path in same}
    shared[Path.home() / ".config/pip/pip.conf"] = "/root/.config/pip/pip.conf"
    return {here: there for here, there in shared.items() if here.exists()}

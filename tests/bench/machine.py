"""What the numbers were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

_LIBRARIES = ("numpy", "paho-mqtt", "aiomqtt", "soxr", "espeakng-loader", "pydantic")


def describe_machine() -> dict[str, object]:
    """Processor, memory, load, programs and versions; no names of people or hosts."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "distribution": _distribution(),
        "python": platform.python_version(),
        "mosquitto": _mosquitto(),
        "commit": _commit(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _distribution() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")


def _mosquitto() -> str:
    answer = subprocess.run(["mosquitto", "-h"], capture_output=True, text=True, check=False)
    return answer.stdout.partition("\n")[0].removeprefix("mosquitto version ")


def _commit() -> str:
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown"

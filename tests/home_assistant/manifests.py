"""Prints what the integrations that are tried require, one requirement a line.

Runs inside a virtual environment of Home Assistant and follows its `requirements.py`, which would
else install all this while it starts: slowly, and in an order in which some do not set up.
"""

import json
from importlib import import_module
from pathlib import Path

TRIED = ("assist_pipeline", "media_player", "media_source", "mqtt", "notify", "wyoming", "zeroconf")
DISCOVERIES = ("dhcp", "mqtt", "ssdp", "zeroconf")
BOOTSTRAP = import_module("homeassistant.bootstrap")
COMPONENTS = Path(str(BOOTSTRAP.__file__)).parent / "components"


def requirements() -> set[str]:
    """Of everything tried and of all that it stands on."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = {*BOOTSTRAP.DEFAULT_INTEGRATIONS, *TRIED}
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        manifest = _manifest(domain)
        found.update(manifest.get("requirements", ()))
        needed = {*manifest.get("dependencies", ()), *manifest.get("after_dependencies", ())}
        waiting |= (needed | {each for each in DISCOVERIES if each in manifest}) - seen
    return found


def _manifest(domain: str) -> dict[str, list[str]]:
    file = COMPONENTS / domain / "manifest.json"
    manifest: dict[str, list[str]] = json.loads(file.read_text()) if file.exists() else {}
    return manifest


if __name__ == "__main__":
    print(*sorted(requirements()), sep="\n")

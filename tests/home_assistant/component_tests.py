"""`python -m tests.home_assistant.component_tests`: the integration's tests and types.

Beside a real agent, in Home Assistant's own harness; needs root, as `make test-ha` does. Further
arguments go to pytest.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.rig.ports import free_port
from tests.home_assistant.harness import HARNESSES, INSIDE, Harness, make, run_python
from tests.home_assistant.hub import Hub
from tests.home_assistant.releases import NEWEST
from tests.home_assistant.runtimes import runtime

TESTS: Final = "tests/home_assistant/component"
PYTEST: Final = (
    *("-m", "pytest", "-c", f"{TESTS}/pytest.ini", TESTS),
    *("--cov=custom_components.hub_agent", "--cov-report=term-missing:skip-covered"),
)
ALL_COVERED: Final = "--cov-fail-under=100"
MYPY: Final = (
    *("-m", "mypy", "--strict", "--explicit-package-bases", "--cache-dir=/tmp/mypy"),
    "--config-file=",  # the project's leaves this folder out
    *("-p", "custom_components.hub_agent"),
)


def main(arguments: list[str]) -> int:
    """0 when all pass in every release."""
    statuses = []
    for harness in HARNESSES:
        make(harness)
        statuses += [_check_types(harness), _test(harness, arguments or [ALL_COVERED])]
    return max(statuses)


def _check_types(harness: Harness) -> int:
    """Beside the release itself."""
    path = [f"{INSIDE}/integrations/home_assistant"]
    if harness.release is NEWEST:
        path.append(f"{INSIDE}/{TESTS}/stubs")
    python = Path(runtime(harness.release).hass).with_name("python")
    which = f"--python-executable={python}"
    return run_python(harness, *MYPY, which, environment={"MYPYPATH": ":".join(path)})


def _test(harness: Harness, arguments: list[str]) -> int:
    with TemporaryDirectory() as folder:
        hub = Hub(Path(folder))
        hub.settings |= {"web": {"port": free_port()}, "wyoming": {"port": free_port()}}
        with hub:
            port = str(hub.port("web"))
            environment = {"HUB_PORT": port, "COVERAGE_FILE": "/tmp/coverage"}
            return run_python(harness, *PYTEST, *arguments, environment=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

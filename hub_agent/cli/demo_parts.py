"""What the demonstration is made of: a private broker, an agent, and somebody who listens."""

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from hub_agent.errors import HubAgentError, NotFoundError, UnavailableError

START_TIMEOUT_S: Final = 20.0
STOP_TIMEOUT_S: Final = 9.0
"""The agent leaves within 8 s."""
POLL_S: Final = 0.02
ADMIN_PATHS: Final = "/usr/local/sbin:/usr/sbin:/sbin"
AVAILABILITY: Final = "hub_agent/availability"
EVENTS: Final = "hub_agent/event"


def program(name: str, package: str) -> str:
    """The path of a program, or what to install."""
    path = f"{os.environ.get('PATH', os.defpath)}:{ADMIN_PATHS}"
    found = shutil.which(name, path=path)
    if found is None:
        raise NotFoundError(f"{name} is not installed", hint=f"sudo apt-get install {package}")
    return found


class _Child:
    """A program that runs while entered."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __exit__(self, *exc: object) -> None:
        """Ask it to leave, and see that it does."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self, command: list[str], env: Mapping[str, str] | None = None) -> None:
        with self._log.open("wb") as log, _interruption_deferred():
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env
            )

    def _must_live(self, what: str, deadline: float) -> None:
        """Raise when it has ended or did not become ready in time."""
        ended = self._process is None or self._process.poll() is not None
        if ended or time.monotonic() > deadline:
            last = self._log.read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise UnavailableError(
                f"{what} did not start: {''.join(last) or 'it says nothing'}",
                hint="hub-agent doctor",
            )


class Broker(_Child):
    """A mosquitto of our own on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "broker.log")
        self._settings = folder / "broker.conf"
        self.port = 0

    def __enter__(self) -> Self:
        mosquitto = program("mosquitto", "mosquitto mosquitto-clients")
        self.port = _free_port()
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence false"]
        if os.geteuid() == 0:
            lines.append("user root")
        self._settings.write_text("\n".join(lines) + "\n")
        self._start([mosquitto, "-c", str(self._settings)])
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            self._must_live("the broker", deadline)
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(POLL_S)
            else:
                return


class DemoAgent(_Child):
    """`hub-agent run` with settings of its own; entered when it says that it is ready."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        super().__init__(folder / "agent.log")
        self._folder = folder
        self._settings = settings
        self.started_after_s = 0.0

    def __enter__(self) -> Self:
        file = self._folder / "hub-agent.yaml"
        file.write_text(json.dumps(self._settings))
        address = self._folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(str(address))
            ear.settimeout(0.2)
            env = {key: value for key, value in os.environ.items() if key[:11] != "HUB_AGENT__"}
            began = time.monotonic()
            try:
                self._start(
                    [sys.executable, "-m", "hub_agent", "run", "--config", str(file)],
                    {**env, "NOTIFY_SOCKET": str(address)},
                )
                self._wait(ear, began + START_TIMEOUT_S)
            except BaseException:
                self.__exit__()
                raise
        self.started_after_s = time.monotonic() - began
        return self

    def _wait(self, ear: socket.socket, deadline: float) -> None:
        while True:
            self._must_live("the agent", deadline)
            try:
                if b"READY=1" in ear.recv(4096):
                    return
            except TimeoutError:
                continue


class Listener:
    """Hears over MQTT what becomes of announcements."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._heard: queue.SimpleQueue[MQTTMessage] = queue.SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _client, _data, message: self._heard.put(message)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(AVAILABILITY, 1), (EVENTS, 1)]
        )

    def __enter__(self) -> Self:
        try:
            self._client.connect("127.0.0.1", self._port)
        except OSError as error:
            raise UnavailableError("the broker went away", hint="try again") from error
        self._client.loop_start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_online(self) -> None:
        """Return when the agent has come to the broker; the events are then subscribed, too."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            message = self._next(deadline, "the agent did not come to the broker")
            if message.topic == AVAILABILITY and message.payload == b"online":
                return

    def wait_result(self, announcement_id: str, *, timeout_s: float) -> Mapping[str, Any]:
        """The result of an announcement."""
        deadline = time.monotonic() + timeout_s
        while True:
            message = self._next(deadline, "the agent gave no result")
            if message.topic != EVENTS:
                continue
            event: dict[str, Any] = json.loads(message.payload)
            if event.get("id") == announcement_id and "outcome" in event:
                return event

    def _next(self, deadline: float, complaint: str) -> MQTTMessage:
        try:
            return self._heard.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise HubAgentError(complaint, hint="hub-agent doctor") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _interruption_deferred() -> Iterator[None]:
    """A child that was started is known before anything can interrupt: it would be left behind."""
    came: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda seen, _frame: came.append(seen)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt

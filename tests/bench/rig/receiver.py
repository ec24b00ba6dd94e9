"""The far end of a TCP sink: notes when sound arrives."""

import contextlib
import socket
import threading
import time
from typing import Self

import numpy as np

from tests.bench.rig.ports import HOST

AUDIBLE_DBFS = -50.0
AUDIBLE_INT16 = 32_768 * 10 ** (AUDIBLE_DBFS / 20)
_RECEIVE_BYTES = 65_536


class AudibleDetector:
    """Finds audible samples in 16-bit mono PCM that comes in pieces of any length."""

    def __init__(self) -> None:
        self._odd = b""

    def feed(self, data: bytes) -> bool:
        """Whether these bytes (with the half sample left over before) hold an audible sample."""
        data = self._odd + data
        whole = len(data) // 2 * 2
        self._odd = data[whole:]
        samples = np.frombuffer(data[:whole], dtype="<i2").astype(np.int32)
        return bool(samples.size and np.abs(samples).max() > AUDIBLE_INT16)


class PcmReceiver:
    """A TCP server that takes raw PCM from any number of connections, one after the other.

    `arm` forgets what was heard; `first_audible` waits for the arrival time (CLOCK_MONOTONIC) of
    the first audible sample since.
    """

    def __init__(self) -> None:
        self._server = socket.create_server((HOST, 0))
        self.port = int(self._server.getsockname()[1])
        self.bytes_received = 0
        self._heard = threading.Condition()
        self._first: float | None = None
        self._last_audible = 0.0
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def arm(self) -> None:
        """Forget the first audible sample, if any."""
        with self._heard:
            self._first = None

    def first_audible(self, timeout_s: float) -> float | None:
        """When the first audible sample since `arm` came; None if none came in time."""
        with self._heard:
            self._heard.wait_for(lambda: self._first is not None, timeout_s)
            return self._first

    def wait_quiet(self, quiet_s: float, timeout_s: float) -> bool:
        """Wait until nothing audible has come for `quiet_s`."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if time.monotonic() - self._last_audible >= quiet_s:
                return True
            time.sleep(quiet_s / 10)
        return False

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(
                target=self._receive, args=(connection,), name="receive", daemon=True
            ).start()

    def _receive(self, connection: socket.socket) -> None:
        detector = AudibleDetector()
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(_RECEIVE_BYTES):
                arrived = time.monotonic()
                self.bytes_received += len(data)
                if detector.feed(data):
                    self._note(arrived)

    def _note(self, arrived: float) -> None:
        with self._heard:
            self._last_audible = arrived
            if self._first is None:
                self._first = arrived
                self._heard.notify_all()

"""Single keys from the terminal, and the terminal as it was afterwards."""

import os
import select
import signal
import sys
import termios
import threading
import tty
from contextlib import suppress
from types import FrameType
from typing import Any, Final, Self

from hub_agent.recording.errors import AbandonedError, NoTerminalError
from hub_agent.recording.session import Key

_ENTER: Final = frozenset(b"\r\n ")
_ESCAPE: Final = 0x1B
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


class Keyboard:
    """Keys without waiting for Enter and without showing them; a context manager.

    Ctrl-C still interrupts. A request to end (SIGTERM, SIGHUP) interrupts in the same way while
    the block runs, so that the terminal is never left behind silent.
    """

    def __init__(self, fd: int | None = None) -> None:
        self._fd = sys.stdin.fileno() if fd is None else fd
        self._saved: list[Any] | None = None
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        require_terminal(self._fd)
        try:
            self._saved = termios.tcgetattr(self._fd)
            self._catch_signals()
            tty.setcbreak(self._fd, termios.TCSAFLUSH)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        if self._saved is not None:
            with suppress(termios.error):  # the terminal itself may be gone
                termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._saved)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def pressed(self) -> list[Key]:
        """The keys pressed since the last call that mean anything."""
        if not select.select([self._fd], [], [], 0)[0]:
            return []
        try:
            pressed = os.read(self._fd, 256)
        except OSError:
            pressed = b""
        if not pressed:
            raise AbandonedError("the terminal is gone; nothing was kept")
        return keys_of(pressed)

    def _catch_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._handlers[number] = signal.signal(number, _interrupt)


def keys_of(pressed: bytes) -> list[Key]:
    """What bytes from a terminal mean; arrows and other escape sequences mean nothing."""
    keys = []
    for byte in pressed.partition(bytes([_ESCAPE]))[0]:
        letter = chr(byte).lower()
        if byte in _ENTER:
            keys.append(Key.ENTER)
        elif letter in _LETTERS:
            keys.append(_LETTERS[letter])
    return keys


def require_terminal(fd: int) -> None:
    """NoTerminalError where no person sits before a screen that can be drawn on."""
    if not os.isatty(fd) or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        raise NoTerminalError(
            "a guided recording needs a terminal with a person before it",
            hint="use --recordings with files made elsewhere",
        )


_LETTERS: Final = {key.value: key for key in Key if len(key.value) == 1}


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt

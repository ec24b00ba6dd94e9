"""Keys from a pseudo-terminal, and what the screen shows."""

import io
import os
import pty
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hub_agent.recording import keyboard
from hub_agent.recording.errors import AbandonedError, NoTerminalError
from hub_agent.recording.keyboard import Keyboard, keys_of
from hub_agent.recording.meter import NO_LEVEL, Level
from hub_agent.recording.screen import Screen, drawn
from hub_agent.recording.session import Key, Phase, View


@dataclass
class Terminal:
    """A pseudo-terminal: what is typed into `person` is read from `ours`."""

    person: int
    ours: int

    def type(self, keys: bytes) -> None:
        os.write(self.person, keys)

    def settings(self) -> list[Any]:
        return termios.tcgetattr(self.ours)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    person, ours = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    yield Terminal(person, ours)
    os.close(person)
    os.close(ours)


@contextmanager
def _keys(terminal: Terminal) -> Iterator[Keyboard]:
    """A keyboard with a screen beside it; pytest itself sets standard error before each test."""
    with (
        open(terminal.ours, "w", closefd=False, encoding="utf-8") as screen,
        redirect_stderr(screen),
        Keyboard(terminal.ours) as keys,
    ):
        yield keys


def _fail(terminal: Terminal, error: BaseException) -> None:
    with _keys(terminal):
        raise error


def _end(terminal: Terminal, number: int) -> None:
    with _keys(terminal):
        signal.raise_signal(number)


def _view(phase: Phase = Phase.SPEAKING, **changes: Any) -> View:
    values: dict[str, Any] = {
        "phase": phase,
        "number": 2,
        "num_prompts": 20,
        "text": "The kettle is on.",
        "level": Level(-22.0, -8.0),
        "advice": "",
        "speech_s": 12.3,
        "target_s": 60.0,
        "keys": (Key.ENTER, Key.RETAKE, Key.QUIT),
    }
    return View(**{**values, **changes})


def _shown(view: View) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system="standard")
    console.print(drawn(view, "Lending a voice"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_keys_come_at_once_and_without_an_echo(terminal: Terminal) -> None:
    with _keys(terminal) as keys:
        terminal.type(b"rS\r")
        assert keys.pressed() == [Key.RETAKE, Key.SKIP, Key.ENTER]
        assert keys.pressed() == []
        assert not terminal.settings()[3] & (termios.ECHO | termios.ICANON)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError()])
def test_the_terminal_is_as_before_whatever_happens(
    error: BaseException, terminal: Terminal
) -> None:
    before = terminal.settings()
    with pytest.raises(type(error)):
        _fail(terminal, error)

    assert terminal.settings() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_interrupts_and_restores(
    number: signal.Signals, terminal: Terminal
) -> None:
    before = terminal.settings(), signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        _end(terminal, number)

    assert (terminal.settings(), signal.getsignal(number)) == before


def test_a_terminal_that_is_closed_ends_the_session() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(AbandonedError):
        Keyboard(reading).pressed()
    os.close(reading)


@pytest.mark.parametrize("lacking", ["input", "screen", "drawing"])
def test_without_a_terminal_there_is_a_hint_at_files(
    lacking: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_terminal = os.open(os.devnull, os.O_RDWR)
    if lacking == "input":
        terminal = Terminal(terminal.person, no_terminal)
    elif lacking == "drawing":
        monkeypatch.setenv("TERM", "dumb")
    enter = Keyboard(terminal.ours).__enter__ if lacking == "screen" else partial(_end, terminal, 0)
    with pytest.raises(NoTerminalError) as caught:
        enter()
    os.close(no_terminal)
    assert "--recordings" in str(caught.value.hint)


def test_arrow_keys_mean_nothing() -> None:
    assert keys_of(b"p\x1b[Bq") == [Key.PLAY]


@given(pressed=st.binary(max_size=30))
def test_any_bytes_are_keys_or_nothing(pressed: bytes) -> None:
    assert set(keys_of(pressed)) <= set(Key)


def test_every_key_is_only_one_letter_or_enter() -> None:
    assert set(keyboard._LETTERS.values()) == set(Key) - {Key.ENTER}


def test_the_screen_says_where_one_is_and_what_to_read() -> None:
    shown = _shown(_view())

    for part in ("2 of 20", "The kettle is on.", "12 of 60 seconds", "r: begin again", "Enter"):
        assert part in shown


@pytest.mark.parametrize(
    ("level", "word", "colour"),
    [
        (Level(-22.0, -8.0), "good", "\x1b[32m"),
        (Level(-50.0, -40.0), "too quiet", "\x1b[33m"),
        (Level(-6.0, 0.0), "clipping", "\x1b[1;31m"),
        (NO_LEVEL, "too quiet", "\x1b[33m"),
    ],
)
def test_the_meter_tells_a_level_in_words_and_colour(level: Level, word: str, colour: str) -> None:
    shown = _shown(_view(level=level))

    assert word in shown
    assert colour in shown


def test_a_louder_voice_makes_a_longer_bar() -> None:
    bars = [_shown(_view(level=Level(rms, rms))).count("█") for rms in (-70.0, -40.0, -10.0, 0.0)]

    assert bars == sorted(set(bars))
    assert (bars[0], bars[-1]) == (0, 40)


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_can_be_shown(phase: Phase) -> None:
    keys = () if phase is Phase.DONE else (Key.QUIT, Key.YES, Key.NO, Key.FINISH, Key.PLAY)
    assert "Lending a voice" in _shown(_view(phase, keys=keys, advice="Come closer."))


def test_the_advice_is_on_the_screen_and_markup_in_texts_is_only_text() -> None:
    shown = _shown(_view(Phase.REFUSED, advice="Come [bold]closer[/].", text="[red]A[/red]"))

    assert "Come [bold]closer[/]." in shown
    assert "[red]A[/red]" in shown


def test_enough_speech_is_said_to_be_enough() -> None:
    assert "that is enough" in _shown(_view(speech_s=61.0))


def test_nothing_of_the_session_stays_on_the_terminal() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, color_system=None)
    with Screen("Lending a voice", console) as screen:
        screen.show(_view())
    shown = out.getvalue()

    assert "\x1b[?25l" in shown, "the cursor was not hidden"
    assert shown.rstrip().endswith("\x1b[2K")
    assert "\x1b[?25h" in shown[shown.rindex("The kettle") :]

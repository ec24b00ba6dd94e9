"""What a person sees during a guided session: drawn on standard error, nothing left behind."""

from contextlib import suppress
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from hub_agent.recording.meter import Level, Loudness
from hub_agent.recording.session import Key, Phase, View

_BAR_CELLS: Final = 40
_BAR_FROM_DBFS: Final = -60.0

_COLOURS: Final = {
    Loudness.TOO_QUIET: "yellow",
    Loudness.GOOD: "green",
    Loudness.CLIPPING: "bold red",
}

_LINES: Final = {
    Phase.ROOM: "Please be quiet for a moment: I am listening to the room.",
    Phase.LOUD: "It is loud in here. Turn off radio, television or fan and close the window; "
    "then measure again, or go on as it is.",
    Phase.LISTENING: "When you are ready, please read aloud:",
    Phase.SPEAKING: "Recording; just stop speaking when you are done.",
    Phase.JUDGING: "Thank you, one moment.",
    Phase.REFUSED: "Once more, please:",
    Phase.QUITTING: "Stop here? Everything that was recorded is thrown away.",
    Phase.DONE: "Done, thank you.",
    Phase.ABANDONED: "Everything was thrown away.",
}

_KEYS: Final = {
    Key.RETAKE: "begin again",
    Key.SKIP: "skip",
    Key.BACK: "back",
    Key.PLAY: "play back",
    Key.FINISH: "finish",
    Key.QUIT: "quit",
    Key.YES: "yes, throw away",
    Key.NO: "no, go on",
}

_ENTER: Final = {
    Phase.LOUD: "go on",
    Phase.LISTENING: "start by hand",
    Phase.SPEAKING: "done",
    Phase.REFUSED: "once more",
}

_WITH_METER: Final = frozenset({Phase.ROOM, Phase.LISTENING, Phase.SPEAKING})


class Screen:
    """Draws views on a terminal; a context manager that leaves the cursor as it was."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        self._title = title
        self._live = Live(
            console=console or Console(stderr=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(OSError):
            self._live.stop()

    def show(self, view: View) -> None:
        """Draw it now."""
        self._live.update(drawn(view, self._title), refresh=True)


def drawn(view: View, title: str) -> RenderableType:
    """A view as lines of text."""
    lines = [_head(view, title), Text(_LINES[view.phase]), Text()]
    if view.phase not in {Phase.ROOM, Phase.LOUD}:
        lines += [Text(view.text, style="bold"), Text()]
    if view.advice:
        lines += [Text(view.advice, style="yellow"), Text()]
    if view.phase in _WITH_METER:
        lines.append(_meter(view.level, view.phase))
    lines += [_progress(view), _keys(view)]
    return Group(*lines)


def _head(view: View, title: str) -> Text:
    count = f"   {view.number} of {view.num_prompts}" if view.num_prompts > 1 else ""
    return Text.assemble((title, "bold cyan"), (count, "cyan"))


def _meter(level: Level, phase: Phase) -> Text:
    filled = _cells(level.rms_dbfs)
    peak = max(_cells(level.peak_dbfs), filled)
    bar = "█" * filled + "░" * (peak - filled)
    if phase is not Phase.SPEAKING:
        return Text.assemble((bar.ljust(_BAR_CELLS), "dim"), f" {level.rms_dbfs:4.0f} dB")
    colour = _COLOURS[level.loudness]
    return Text.assemble((bar.ljust(_BAR_CELLS), colour), " ", (level.loudness.value, colour))


def _cells(dbfs: float) -> int:
    share = 1 - min(max(dbfs / _BAR_FROM_DBFS, 0.0), 1.0)
    return round(share * _BAR_CELLS)


def _progress(view: View) -> Text:
    reached = view.speech_s >= view.target_s
    text = f"{view.speech_s:.0f} of {view.target_s:.0f} seconds of speech"
    return Text(
        f"{text}: that is enough, more is better" if reached else text,
        style="green" if reached else "",
    )


def _keys(view: View) -> Text:
    parts = [
        f"Enter: {_ENTER[view.phase]}" if key is Key.ENTER else f"{key.value}: {_KEYS[key]}"
        for key in view.keys
    ]
    return Text("   ".join([*parts, "Ctrl-C: leave"]), style="dim")

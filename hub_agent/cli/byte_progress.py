"""How many bytes are done, how fast, and how long it takes, where standard error is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars


@contextmanager
def byte_progress() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Gives what makes a bar for the next step, in place of the bar before."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        yield lambda what: _next_bar(bars, what)


def _next_bar(bars: "Bars", what: str) -> Callable[[int, int], None]:
    """A total of 0 is one that nobody knows."""
    for task in bars.task_ids:
        bars.remove_task(task)
    bar = bars.add_task(what, total=None)
    return lambda done, total: bars.update(bar, completed=done, total=total or None)

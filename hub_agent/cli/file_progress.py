"""How far work on several files is, where standard error is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

FileProgress: TypeAlias = Callable[[int, str, float], None]
"""Told how many files are done, the name of the next and its share."""


@contextmanager
def file_progress(num_files: int) -> Iterator[FileProgress]:
    """A bar over the files, when there are several, and one inside of the file."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        every = bar.add_task("files", total=num_files, visible=num_files > 1)
        this = bar.add_task("", total=1.0)

        def progress(number: int, name: str, share: float) -> None:
            bar.update(every, completed=number + share)
            bar.update(this, description=name, completed=share)

        yield progress

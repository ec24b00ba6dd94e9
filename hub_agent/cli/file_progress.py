"""How far work on a file is, where standard error is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hub_agent.labels.label import shown
from voices.enrolment.progress import Progress


@contextmanager
def file_progress(name: str, number: int = 1, num_files: int = 1) -> Iterator[Progress]:
    """A bar that is gone when left, so that results can be printed between two files."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress as Bar

    count = f"{number}/{num_files} " if num_files > 1 else ""
    with Bar(
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(count + escape(shown(name)), total=1.0)
        yield lambda share: bar.update(task, completed=share)

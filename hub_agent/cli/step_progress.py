"""How far long work is that has several steps."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hub_agent.enrolment.progress import Report


@contextmanager
def steps_shown(*, as_json: bool) -> Iterator[Report]:
    """A progress bar on a terminal, silence elsewhere."""
    if as_json or not sys.stderr.isatty():
        yield lambda _step, _share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def report(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share)

        yield report

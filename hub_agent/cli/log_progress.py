"""How far reading a ledger is, where standard error is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voices.consent.ledger_folder import LEDGER_SUFFIX


@contextmanager
def log_progress(what: str, folder: Path) -> Iterator[Callable[[bytes], None]]:
    """A bar over the ledger in `folder`; to be told every line that was read."""
    from rich.console import Console
    from rich.progress import Progress

    size = sum(path.stat().st_size for path in folder.glob(f"*{LEDGER_SUFFIX}"))
    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=size)

        def read(line: bytes) -> None:
            bar.advance(task, len(line) + 1)

        yield read

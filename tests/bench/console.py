"""Where results are printed."""

import sys

from rich.console import Console

_WIDTH_ELSEWHERE = 130


def wide_console() -> Console:
    """A console whose tables keep their shape in a file as well."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDTH_ELSEWHERE)

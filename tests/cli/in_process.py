"""The command line without the time that a process takes."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from tests.cli.running import environment


@contextmanager
def command_line(folder: Path) -> Iterator[CliRunner]:
    """Run commands as a user whose home is `folder`, and set the logs back afterwards."""
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        patch.chdir(folder)
        yield CliRunner()
    structlog.reset_defaults()
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)

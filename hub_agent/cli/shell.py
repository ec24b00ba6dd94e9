"""How a command ends: errors as two lines on standard error, and the exit code they carry."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from hub_agent.errors import ExitCode, HubAgentError
from hub_agent.groups import single_cause
from voices.errors import VoicesError

DEBUG_VARIABLE = "HUB_AGENT_DEBUG"


@contextmanager
def errors_shown() -> Iterator[None]:
    """Turn whatever leaves the block into words and an exit code."""
    try:
        with _groups_opened():
            yield
    except (HubAgentError, VoicesError) as error:
        _show_error(error)
        raise typer.Exit(int(error.exit_code)) from None
    except KeyboardInterrupt:
        raise typer.Exit(int(ExitCode.INTERRUPTED)) from None
    except BrokenPipeError:
        leave_quietly()
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if _is_usage_error(error):
            raise
        _show_bug(error)
        raise typer.Exit(int(ExitCode.BUG)) from None


@contextmanager
def _groups_opened() -> Iterator[None]:
    try:
        yield
    except BaseExceptionGroup as group:
        raise single_cause(group) from group


def leave_quietly() -> NoReturn:
    """Nobody reads on: end without another word, as programs in a pipe do."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    raise typer.Exit(int(ExitCode.OK))


def talk(text: str) -> None:
    """Tell the person something; standard output is for results only."""
    typer.echo(text, err=True)


def _show_error(error: HubAgentError | VoicesError) -> None:
    _say_in_colour("error", typer.colors.RED, str(error))
    if error.hint:
        _say_in_colour("hint", typer.colors.CYAN, error.hint)
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)


def _show_bug(error: Exception) -> None:
    """Not the message of the exception: it may quote what was to be spoken."""
    _say_in_colour("error", typer.colors.RED, f"internal error ({type(error).__name__})")
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    else:
        again = f"set {DEBUG_VARIABLE}=1 and run it again to see where"
        _say_in_colour("hint", typer.colors.CYAN, again)


def _say_in_colour(label: str, colour: str, text: str) -> None:
    plain = os.environ.get("NO_COLOR") or not sys.stderr.isatty()
    shown = f"{label}:" if plain else typer.style(f"{label}:", fg=colour, bold=True)
    talk(f"{shown} {text}")


def _is_usage_error(error: Exception) -> bool:
    """Whether the command line library shows it by itself, with the usage."""
    return hasattr(error, "format_message") and hasattr(error, "exit_code")

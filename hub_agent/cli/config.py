"""`hub-agent config`: check, show and explain the settings."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub_agent.errors import ExitCode, SettingsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub_agent.settings.problems import Problem
    from hub_agent.settings.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Settings: check, show, explain.")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file; none: the usual places."),
]


@app.command()
def check(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say whether the settings can be used; if not, everything that is wrong with them."""
    if as_json:
        _check_for_machines(config)
        return
    settings = _load(config)
    typer.echo(f"the settings are in order: {settings.path or 'all defaults, no file'}")


@app.command()
def show(
    config: ConfigOption = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Print passwords, too.")
    ] = False,
) -> None:
    """Print the settings in force as YAML: file, environment and defaults together."""
    from hub_agent.settings.plain import show as show_settings

    typer.echo(show_settings(_load(config), with_secrets=with_secrets), nl=False)


@app.command()
def schema() -> None:
    """Print the JSON schema of the settings file, for editors."""
    from hub_agent.settings.reference import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command(hidden=True)
def reference(
    write: Annotated[
        Path | None, typer.Option("--write", help="Renew the table between the file's markers.")
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail when the file is out of date.")
    ] = False,
) -> None:
    """Print the table of all settings, or put it into a file."""
    from hub_agent.settings.reference import reference_table

    if write is not None:
        _renew(write, check_only=check_only)
    elif check_only:
        raise UsageError("--check needs a file", hint="add --write README.md")
    else:
        typer.echo(reference_table(), nl=False)


def _load(config: Path | None) -> "Settings":
    from hub_agent.settings.load import load_settings

    return load_settings(config, env=os.environ)


def _check_for_machines(config: Path | None) -> None:
    from hub_agent.settings.problems import InvalidSettingsError

    try:
        settings = _load(config)
    except InvalidSettingsError as error:
        typer.echo(_report(config, error.problems))
        raise typer.Exit(ExitCode.CONFIG) from None
    typer.echo(_report(settings.path, ()))


def _report(path: Path | None, problems: "Sequence[Problem]") -> str:
    report = {
        "ok": not problems,
        "file": None if path is None else str(path),
        "problems": [problem.as_json() for problem in problems],
    }
    return json.dumps(report, ensure_ascii=False)


def _renew(file: Path, *, check_only: bool) -> None:
    from hub_agent.settings.reference import update_between_markers

    try:
        old = file.read_text("utf-8")
        new = update_between_markers(old)
        if check_only and new != old:
            raise SettingsError(
                f"the table of settings in {file} is out of date",
                hint=f"hub-agent config reference --write {file}",
            )
        if new != old:
            file.write_text(new, "utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read or written: {error.strerror}") from error

"""`hub-agent home-assistant`: what comes with the agent for Home Assistant."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hub_agent.cli.options import JsonFlag
from hub_agent.cli.shell import talk

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Without it, the only command would stand for the whole group."""


@app.command()
def install(
    folder: Annotated[
        Path, typer.Argument(help="Home Assistant's configuration folder, often /config.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Copy the integration into Home Assistant, for those who do without HACS."""
    from hub_agent.component_copy import copy_component

    copied = copy_component(folder)
    if as_json:
        typer.echo(json.dumps({"folder": str(copied.folder), "version": copied.version}))
        return
    typer.echo(f"version {copied.version} is in {copied.folder}")
    talk("restart Home Assistant; then it finds the hub under Settings, Devices & services")

"""The commands `greetings …`: what the hub says at a time of day."""

from typing import Annotated

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_greetings(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """List the greetings, and when each comes next."""
    from hub_agent.cli import greeting_commands

    greeting_commands.list_greetings(as_json=as_json, config=config)


@app.command("test")
def say_now(
    name: Annotated[str, typer.Argument(help="Name, as `greetings list` prints it.")],
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Let the running agent say a greeting now."""
    from hub_agent.cli import greeting_commands

    greeting_commands.say_now(name, as_json=as_json, config=config)

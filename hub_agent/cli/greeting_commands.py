"""What the commands `greetings …` do."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from hub_agent.cli.rows import print_rows
from hub_agent.cli.said import report
from hub_agent.cli.shell import talk
from hub_agent.clock import SystemClock
from hub_agent.control.client import ControlClient
from hub_agent.control.messages import greeting_header
from hub_agent.greetings.greeting import Greeting
from hub_agent.greetings.memory import GreetingsFile
from hub_agent.greetings.timetable import Timetable, zones_of
from hub_agent.paths import data_folder, greetings_file
from hub_agent.settings.load import load_settings
from hub_agent.settings.models import CoreSettings


def list_greetings(*, as_json: bool, config: Path | None) -> None:
    """Print the running agent's, else those it would have."""
    settings = load_settings(config, env=os.environ).core
    found = asyncio.run(_greetings(settings))
    if not found and not as_json:
        talk("there is none yet: name one below `greetings:` in the settings")
    print_rows([greeting_header(greeting) for greeting in found], as_json=as_json)


def say_now(name: str, *, as_json: bool, config: Path | None) -> None:
    """Say it in its rooms; the exit code tells how it ended."""
    settings = load_settings(config, env=os.environ).core
    client = ControlClient(data_folder(settings.data_dir))
    report(asyncio.run(client.greet(name)), as_json=as_json)


async def _greetings(settings: CoreSettings) -> Sequence[Greeting]:
    data_dir = data_folder(settings.data_dir)
    client = ControlClient(data_dir)
    if await client.running():
        return await client.greetings()
    talk("no agent is running, which would say them: hub-agent run")
    memories = GreetingsFile(greetings_file(data_dir)).read()
    table = Timetable(settings.greetings, memories, zones_of(settings.greetings))
    return table.greetings(SystemClock().now())

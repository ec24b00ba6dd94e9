"""The command `run`."""

import asyncio
import os
from pathlib import Path

from hub_agent.service.daemon import run_agent
from hub_agent.settings.load import load_settings
from hub_agent.settings.settings import Settings
from hub_agent.settings.standing import with_standing_integrations


def run(config: Path | None) -> None:
    """Run the agent in the foreground until it is told to stop."""

    def load() -> Settings:
        return with_standing_integrations(load_settings(config, env=os.environ))

    asyncio.run(run_agent(load(), load=load))

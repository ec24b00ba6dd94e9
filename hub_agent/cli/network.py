"""The commands `token` and `pair`: how programs on the network get to use the agent."""

import asyncio
import json
import os
from pathlib import Path
from typing import Final

import typer

from hub_agent.access import Access
from hub_agent.cli.shell import talk
from hub_agent.clock import SystemClock
from hub_agent.control.client import ControlClient
from hub_agent.errors import RefusedError, UnavailableError
from hub_agent.paths import data_folder, make_data_folder, paired_file, token_file
from hub_agent.settings.load import load_settings

WEB: Final = "web"


def token(config: Path | None, *, renew: bool, as_json: bool) -> None:
    """Print the token, or another one from now on."""
    data_dir = make_data_folder(_data_dir(config))
    access = Access(token_file(data_dir), paired_file(data_dir), SystemClock())
    try:
        shown = asyncio.run(_renewed(data_dir, access)) if renew else access.load()
    except OSError as error:
        raise RefusedError(
            "the token cannot be read or written",
            hint=f"ls -l {token_file(data_dir)}, or run the command as the agent's user",
        ) from error
    typer.echo(json.dumps({"token": shown}) if as_json else shown)


def pair(config: Path | None, *, as_json: bool) -> None:
    """Let the running agent give its token to the next program that asks."""
    seconds = asyncio.run(_paired(ControlClient(_data_dir(config))))
    if as_json:
        typer.echo(json.dumps({"pairing_s": seconds}))
        return
    talk(f"open for {seconds / 60:.0f} minutes: the next program that asks gets the token")
    talk("in Home Assistant: Settings, Devices & services, Add integration, Hub Agent")


async def _renewed(data_dir: Path, access: Access) -> str:
    client = ControlClient(data_dir)
    if await client.running():
        return await client.renew_token()
    return access.renew()


async def _paired(client: ControlClient) -> float:
    health = await client.health()
    if WEB not in health.get("integrations", {}):
        raise UnavailableError(
            "the agent does not listen to the network",
            hint="set web.enabled, then: systemctl reload hub-agent",
            reason="web_disabled",
        )
    return await client.pair()


def _data_dir(config: Path | None) -> Path:
    return data_folder(load_settings(config, env=os.environ).core.data_dir)

"""`python -m tests.home_assistant.screenshots`: the pictures of Home Assistant in `docs/`.

Taken with Chromium in the newest release, beside a household's agent that runs. Needs what
`python -m tests.home_assistant.runtimes` makes, and root.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.home_assistant import flows
from tests.home_assistant.browser import BrowserError, Page, browser
from tests.home_assistant.client import Client, eventually
from tests.home_assistant.home import Home, running_home
from tests.home_assistant.hub import CUSTOM_INTEGRATION
from tests.home_assistant.network import private_network
from tests.home_assistant.program import Program
from tests.home_assistant.releases import NEWEST
from tests.home_assistant.runtimes import RuntimeMissingError, runtime
from tests.home_assistant.shown_household import household_agent

DOMAIN: Final = "hub_agent"
FOLDER: Final = Path(__file__).parents[2] / "docs"
SHOWN_ACTION: Final = {
    "action": f"{DOMAIN}.announce",
    "data": {"text": "Dinner is ready!", "voice": "grandma_rosa", "rooms": ["kitchen"]},
}
_WIDTH: Final = 1280  # heights are each where the page has a gap
_DAY_S: Final = 86_400
_CONFIGURATION: Final = {
    "homeassistant": {"name": "Home", "country": "GB", "auth_mfa_modules": []},
    "logbook": {},  # the column of the device's page that tells what happened
}
_CONSOLE: Final = Console(stderr=True)


def main() -> int:
    """Take all; 1 with what to do when that cannot be done."""
    try:
        with _home() as home:
            asyncio.run(_take_all(home))
    except (RuntimeMissingError, BrowserError) as error:
        _CONSOLE.print(f"error: {error}", style="red", markup=False)
        return 1
    return 0


@contextmanager
def _home() -> Iterator[Home]:
    """One that has just met the household's agent."""
    newest = runtime(NEWEST)
    with private_network(), tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        program = Program(
            newest, folder, components=[CUSTOM_INTEGRATION], configuration=_CONFIGURATION
        )
        with running_home(program) as home, household_agent(folder / "hub"):
            yield home


async def _take_all(home: Home) -> None:
    async with home.client() as client, browser() as page:
        await _tidy_up(client)
        await page.remember(
            {
                "hassTokens": await _tokens(client),
                "panel-dev-action-state-service-data": SHOWN_ACTION,
            }
        )
        await _take_discovered(page, client)
        await _take_repair(page, client)
        await _take_device(page, client)
        await _take_action(page, client)


async def _tidy_up(client: Client) -> None:
    """Give the user a name, and put aside what has nothing to do with the agent."""
    user = await client.socket.command("auth/current_user")
    await client.socket.command("config/auth/update", user_id=user["id"], name="Alex")
    sidebar = {"panelOrder": [], "hiddenPanels": ["map", "media-browser"]}
    await client.socket.command("frontend/set_user_data", key="sidebar", value=sidebar)
    for issue in await client.issues():
        which = {"domain": issue["domain"], "issue_id": issue["issue_id"]}
        await client.socket.command("repairs/ignore_issue", **which, ignore=True)


async def _tokens(client: Client) -> dict[str, object]:
    """What its pages keep for a user who is logged in."""
    token = await client.socket.command(
        "auth/long_lived_access_token", client_name="pictures", lifespan=1
    )
    return {
        "access_token": token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires_in": _DAY_S,
        "expires": (time.time() + _DAY_S) * 1000,
        "hassUrl": client.rest.url,
        "clientId": f"{client.rest.url}/",
    }


async def _take_discovered(page: Page, client: Client) -> None:
    await page.set_size(_WIDTH, 368)
    await page.open(f"{client.rest.url}/config/integrations/dashboard")
    await page.shown("ha-config-flow-card", "Hub Agent")
    await _take(page, "discovered")
    (flow,) = await flows.discovered(client, DOMAIN)
    await flows.confirm(client, flow)


async def _take_repair(page: Page, client: Client) -> None:
    """The issue as it is explained; submitting it, it is gone."""
    await page.set_size(_WIDTH, 720)
    await page.open(f"{client.rest.url}/config/repairs")
    await page.click("ha-md-list-item, ha-list-item-button", "Home Assistant keeps")
    await page.shown("ha-button", "Submit")
    await _take(page, "repair")
    await page.click("ha-button", "Submit")
    await eventually(lambda: _own_issues(client), lambda issues: not issues)


async def _own_issues(client: Client) -> list[str]:
    return [issue["issue_id"] for issue in await client.issues() if issue["domain"] == DOMAIN]


async def _take_device(page: Page, client: Client) -> None:
    """After an announcement, down to what can be told without scrolling."""
    await client.ask(f"{DOMAIN}.announce", {"text": "The washing machine has finished."})
    (entry,) = await client.entries(DOMAIN)
    (device,) = [
        each for each in await client.devices() if entry["entry_id"] in each["config_entries"]
    ]
    await page.set_size(_WIDTH, 856)
    await page.open(f"{client.rest.url}/config/devices/device/{device['id']}")
    await page.shown("ha-logbook", "Finished")
    await _take(page, "device")


async def _take_action(page: Page, client: Client) -> None:
    """The form as it is filled, and the rooms that could be added."""
    await page.set_size(_WIDTH, 900)
    await page.open(f"{client.rest.url}/config/developer-tools/action")
    await page.click("ha-button", "Add")
    await page.shown("ha-list-item-option", "Bedroom")
    await _take(page, "announce")


async def _take(page: Page, name: str) -> None:
    file = FOLDER / f"home-assistant-{name}.png"
    file.write_bytes(await page.picture())
    _CONSOLE.print(f"{file.relative_to(FOLDER.parent)}: {file.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())

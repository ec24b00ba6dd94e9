"""The first user of a Home Assistant, and a token of hers that lasts."""

import aiohttp

from tests.home_assistant.rest import Rest
from tests.home_assistant.websocket import websocket

_CLIENT = "http://test/"
_USER = {"name": "Test", "username": "test", "password": "test-password", "language": "en"}


async def onboard(url: str) -> str:
    """Create the user and return the token."""
    async with aiohttp.ClientSession() as session:
        rest = Rest(session, url)
        created = await rest.post("/api/onboarding/users", {"client_id": _CLIENT, **_USER})
        tokens = await rest.submit(
            "/auth/token",
            {
                "grant_type": "authorization_code",
                "code": created["auth_code"],
                "client_id": _CLIENT,
            },
        )
        async with websocket(session, url, tokens["access_token"]) as socket:
            token = await socket.command(
                "auth/long_lived_access_token", client_name="tests", lifespan=1
            )
            return str(token)

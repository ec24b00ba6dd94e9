"""Reading the JSON object of a request, strictly and within bounds."""

import asyncio
from typing import Final

from aiohttp import web

from hub_agent.errors import InvalidAnnouncementError, UnavailableError
from hub_agent.messages.fields import Fields, decoded, json_object

JSON: Final = "application/json"
READ_TIMEOUT_S: Final = 10.0


async def json_fields(request: web.Request) -> Fields:
    """The fields of the body; raises a `HubAgentError` for everything that is no JSON object.

    The content type is required: a page of another host cannot send it without asking first.
    """
    return Fields(await json_body(request))


async def json_body(request: web.Request) -> dict[str, object]:
    """As `json_fields`, the plain object."""
    if request.content_type != JSON:
        raise InvalidAnnouncementError(
            "the body is not JSON", hint=f"send it with Content-Type: {JSON}", reason="not_json"
        )
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            body = await request.read()
    except TimeoutError as error:
        raise UnavailableError("the body does not come", reason="too_slow") from error
    return json_object(decoded(body))

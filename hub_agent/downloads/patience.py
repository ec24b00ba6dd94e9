"""Trying again, with pauses, as long as it can help."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub_agent.backoff import Backoff
from hub_agent.downloads.web import Patience, WebError

T = TypeVar("T")


async def patiently(
    attempt: Callable[[], Awaitable[T]],
    patience: Patience,
    *,
    received: Callable[[], int] = lambda: 0,
) -> T:
    """What `attempt` gives; its last `WebError` when patience is over.

    An attempt after which `received` has grown was none in vain.
    """
    backoff = Backoff(patience.pause_s, patience.most_pause_s)
    failures = 0
    while True:
        before = received()
        try:
            return await attempt()
        except WebError as error:
            if received() > before:
                failures = 0
                backoff.reset()
            failures += 1
            if not error.again or failures >= patience.attempts:
                raise
        await asyncio.sleep(backoff.next_s())

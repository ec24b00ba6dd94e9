"""Waiting for what comes over the network."""

import asyncio
from collections.abc import Callable

PATIENCE_S = 10.0


async def until(true: Callable[[], object]) -> None:
    """Return as soon as it is; fails when it does not become so."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)

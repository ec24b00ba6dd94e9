"""Keeping a coroutine alive."""

from collections.abc import Awaitable, Callable

import structlog

from hub_agent.backoff import Backoff
from hub_agent.clock import Clock
from hub_agent.errors import HubAgentError, RefusedError, SettingsError

log = structlog.get_logger(__name__)


FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
HEALTHY_AFTER_S = 60.0


async def supervise(
    what: str,
    work: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
) -> None:
    """Run `work` and run it again after a pause whenever it fails; returns when it returns.

    What cannot get better by trying again (`RefusedError`, `SettingsError`) ends it with one
    clear line. Anything else that leaves `work` is logged.
    """
    backoff = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
    while True:
        started = clock.monotonic()
        try:
            await work()
        except (RefusedError, SettingsError) as error:
            log.error("gave up", part=what, reason=error.reason, why=str(error), hint=error.hint)
            return
        except Exception as error:  # noqa: BLE001 - whatever a part dies of, the agent lives on
            if clock.monotonic() - started >= HEALTHY_AFTER_S:
                backoff.reset()
            pause_s = backoff.next_s()
            _log_failure(what, error, pause_s)
            await clock.sleep(pause_s)
        else:
            return


def _log_failure(what: str, error: Exception, pause_s: float) -> None:
    again_s = round(pause_s, 1)
    if isinstance(error, HubAgentError):
        log.warning(
            "part failed", part=what, reason=error.reason, why=str(error), again_in_s=again_s
        )
        return
    log.error("part broke", part=what, again_in_s=again_s, exc_info=error)

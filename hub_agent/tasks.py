"""Keeping a coroutine alive."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from hub_agent.clock import Clock
from hub_agent.errors import HubAgentError, RefusedError, SettingsError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Pauses between attempts.

    They double from `first_s` up to `cap_s`, and are jittered down to half so that many agents do
    not come back in step.
    """

    first_s: float = 1.0
    cap_s: float = 60.0
    healthy_after_s: float = 60.0

    def pause_s(self, failures: int, chance: float) -> float:
        """The pause after so many failures in a row; `chance` in [0, 1) is the jitter."""
        longest = min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 32))
        return longest * (0.5 + chance / 2)


async def supervise(
    what: str,
    work: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
    backoff: Backoff = Backoff(),
) -> None:
    """Run `work` and run it again after a pause whenever it fails; returns when it returns.

    What cannot get better by trying again (`RefusedError`, `SettingsError`) ends it with one
    clear line. Anything else that leaves `work` is logged.
    """
    failures = 0
    while True:
        started = clock.monotonic()
        try:
            await work()
        except (RefusedError, SettingsError) as error:
            log.error("gave up", part=what, reason=error.reason, why=str(error), hint=error.hint)
            return
        except Exception as error:  # noqa: BLE001 - whatever a part dies of, the agent lives on
            failures = 0 if clock.monotonic() - started >= backoff.healthy_after_s else failures
            failures += 1
            pause_s = backoff.pause_s(failures, random.random())  # noqa: S311 - no secret
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

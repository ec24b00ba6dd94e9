"""At which rate an engine's speech is best written."""

from typing import Final

from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError

USUAL_RATE: Final = 22_050


def rate_of(engines: EngineRegistry, name: str) -> int:
    """The engine's own rate.

    An engine that is not there gets a usual one: it is found out when it is to speak.
    """
    try:
        return engines.get(name).sample_rate
    except HubAgentError:
        return USUAL_RATE

"""Who asks the agent, as consents and events name it."""

from typing import Final

ORIGIN: Final = "web"

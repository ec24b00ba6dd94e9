"""Settings as the agent uses them: the core's, and those of each integration that is configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from hub_agent.settings.models import CoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Validated settings. `integrations` holds a section for every name that was configured."""

    core: CoreSettings = field(default_factory=CoreSettings)
    integrations: Mapping[str, BaseModel] = field(default_factory=dict)
    path: Path | None = None

"""What an engine is made with."""

from dataclasses import dataclass
from pathlib import Path

from hub_agent.settings.engines import EngineSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineHome:
    """The settings of all engines, and the folder under which they find their files."""

    settings: EngineSettings
    data_dir: Path

"""What a new file changes."""

from hub_agent.settings.models import CoreSettings
from hub_agent.settings.settings import Settings


def changed_sections(old: Settings, new: Settings) -> frozenset[str]:
    """Top-level names whose effective settings differ, integrations included."""
    core = {name for name in CoreSettings.model_fields if _differ(old.core, new.core, name)}
    names = {*old.integrations, *new.integrations}
    sections = {name for name in names if old.integrations.get(name) != new.integrations.get(name)}
    return frozenset(core | sections)


def _differ(old: CoreSettings, new: CoreSettings, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))

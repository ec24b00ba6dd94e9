"""Integrations that run although the settings do not mention them."""

from dataclasses import replace

from hub_agent.errors import NotFoundError
from hub_agent.settings.plugins import InstalledPlugins, Plugins
from hub_agent.settings.settings import Settings


def with_standing_integrations(settings: Settings, plugins: Plugins | None = None) -> Settings:
    """`settings` with the default section of every plugin that is `on_without_section`."""
    plugins = plugins or InstalledPlugins()
    sections = dict(settings.integrations)
    for name in plugins.names():
        if name in sections:
            continue
        try:
            plugin = plugins.load(name)
        except NotFoundError:
            continue
        if plugin.on_without_section:
            sections[name] = plugin.settings()
    return replace(settings, integrations=sections)

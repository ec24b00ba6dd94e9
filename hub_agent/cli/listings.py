"""The commands that list what is there: devices, engines, voices."""

import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub_agent.cli.rows import print_rows
from hub_agent.cli.shell import talk
from hub_agent.engines.engine import Engine
from hub_agent.engines.home import EngineHome
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError, NotFoundError
from hub_agent.paths import data_folder
from hub_agent.settings.load import load_settings
from hub_agent.voicing.family import family_voices
from voices.family import FamilyVoices
from voices.voice import Voice


def print_devices(*, as_json: bool) -> None:
    """Print the loudspeakers of this machine."""
    from hub_agent.sinks.portaudio import list_devices

    found = [asdict(device) for device in list_devices()]
    if not found and not as_json:
        talk("no loudspeaker found; `hub-agent doctor` says why")
    print_rows(found, as_json=as_json)


def print_engines(*, as_json: bool, config: Path | None) -> None:
    """Print the engines with what they can do."""
    registry = _registry(config)
    print_rows([_engine_row(registry, name) for name in registry.names()], as_json=as_json)


def print_voices(
    *,
    engine: str | None,
    language: str | None,
    variants: bool,
    family: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Print the voices, of one engine or for one language if asked, or all their variants."""
    persons = [] if variants else _persons(config, engine, language)
    if family:
        if not persons and not as_json and not _is_locked(config):
            talk("nobody is enrolled yet: hub-agent voices enrol grandma --name Grandma")
        print_rows([_voice_row(voice) for voice in persons], as_json=as_json)
        return
    found = persons + [
        voice
        for each in _engines(config, engine)
        for voice in _voices(each, language, variants=variants)
    ]
    if not found:
        raise NotFoundError("there is no such voice", hint="hub-agent voices list")
    print_rows([_voice_row(voice) for voice in found], as_json=as_json)


def _family(config: Path | None) -> FamilyVoices:
    settings = load_settings(config, env=os.environ).core
    return family_voices(settings.vault, data_folder(settings.data_dir))


def _is_locked(config: Path | None) -> bool:
    return _family(config).locked()


def _persons(config: Path | None, engine: str | None, language: str | None) -> list[Voice]:
    """Your family's voices; none while the vault is locked, which is said."""
    family = _family(config)
    if family.locked():
        talk("the vault is locked: your family's voices are not listed; hub-agent vault unlock")
    wanted = (language or "").lower().replace("_", "-")
    return [
        voice
        for voice in family.voices()
        if engine in (None, voice.engine) and (not wanted or _matches(voice.language, wanted))
    ]


def _engine_row(registry: EngineRegistry, name: str) -> dict[str, Any]:
    try:
        engine = registry.get(name)
        engine.load()
        return {
            "engine": name,
            "works": True,
            "sample_rate": engine.sample_rate,
            "look_ahead_ms": engine.look_ahead_ms,
            "voices": len(engine.voices()),
        }
    except HubAgentError as error:
        return {"engine": name, "works": False, "problem": str(error), "voices": 0}


def _engines(config: Path | None, name: str | None) -> list[Engine]:
    """The engine of that name, or all that work."""
    registry = _registry(config)
    if name is not None:
        engine = registry.get(name)
        engine.load()
        return [engine]
    found: list[Engine] = []
    for each in registry.names():
        with suppress(HubAgentError):
            engine = registry.get(each)
            engine.load()
            found.append(engine)
    return found


def _registry(config: Path | None) -> EngineRegistry:
    settings = load_settings(config, env=os.environ).core
    home = EngineHome(settings=settings.engines, data_dir=data_folder(settings.data_dir))
    return EngineRegistry(home)


def _voices(engine: Engine, language: str | None, *, variants: bool) -> list[Voice]:
    wanted = (language or "").lower().replace("_", "-")
    found = [
        voice
        for voice in engine.voices()
        if not wanted or any(_matches(tag, wanted) for tag in voice.languages)
    ]
    return [each for voice in found for each in engine.variants(voice)] if variants else found


def _matches(tag: str, wanted: str) -> bool:
    """`de` matches `de` and `de-at`, `de-at` only itself."""
    return tag == wanted or tag.startswith(f"{wanted}-")


def _voice_row(voice: Voice) -> dict[str, Any]:
    return {
        "voice": voice.id,
        "name": voice.name,
        "languages": list(voice.languages),
        "engine": voice.engine,
        "kind": voice.kind.value,
    }

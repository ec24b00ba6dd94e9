"""The command `voices fit`: a voice for another engine, of the recordings that were kept."""

import json
from pathlib import Path

import typer

from hub_agent.cli.opened_vault import VaultAccess
from hub_agent.cli.shell import talk
from hub_agent.cli.step_progress import steps_shown
from hub_agent.engines.engine import FamilyEngine
from hub_agent.engines.home import EngineHome
from hub_agent.engines.registry import EngineRegistry
from hub_agent.enrolment.progress import part
from hub_agent.enrolment.workshop import unpacked
from hub_agent.errors import NotFoundError
from voices.errors import EnrolmentRefusedError
from voices.keeper import VoiceKeeper
from voices.members import Member
from voices.payload import Payload


def fit(wanted: str, engine_name: str, *, as_json: bool, config: Path | None) -> None:
    """Make the voice data of one engine, in place of what it had."""
    access = VaultAccess(config)
    engine = _family_engine(access, engine_name)
    keeper = VoiceKeeper(access.unlocked())
    member = keeper.member(wanted)
    recordings = _recordings(keeper, member)
    try:
        with steps_shown(as_json=as_json) as report:
            data = engine.prepare(unpacked(recordings), part(report, "fitting the voice", 0.0, 1.0))
    finally:
        recordings.wipe()
    fitted = keeper.fit(member, engine.name, data)
    if as_json:
        typer.echo(json.dumps({"id": fitted.id, "engine": engine.name, "version": fitted.current}))
        return
    say = f'hub-agent say --voice {fitted.id} --engine {engine.name} "Good morning"'
    talk(f"version {fitted.current}; {say}")


def _family_engine(access: VaultAccess, name: str) -> FamilyEngine:
    home = EngineHome(settings=access.settings.core.engines, data_dir=access.data_dir)
    engine = EngineRegistry(home).get(name)
    if not isinstance(engine, FamilyEngine):
        raise NotFoundError(
            f"engine {name!r} has no family voices",
            hint="hub-agent engines",
            reason="engine_without_family_voices",
        )
    return engine


def _recordings(keeper: VoiceKeeper, member: Member) -> Payload:
    payload = keeper.recordings(member)
    if payload is None:
        raise EnrolmentRefusedError(
            "the recordings of this voice were not kept",
            hint="record again: hub-agent voices update ID --keep-recordings",
            reason="no_recordings_kept",
        )
    return payload

"""The household that the pictures show: three rooms, a greeting, and two people's voices."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.bench.rig.agent import AgentProcess
from tests.fakes.household import create, material, record, scope
from tests.fakes.person import voice_data
from voices.keeper import Enrolment, VoiceKeeper
from voices.purpose import Purpose
from voices.vault.parts import new_id

PEOPLE: Final = {"grandma_rosa": "Grandma Rosa", "papa": "Papa"}
_PURPOSES: Final = (Purpose.ANNOUNCEMENTS, Purpose.ASSISTANT, Purpose.GREETINGS)
_CONSENTED_FOR: Final = timedelta(days=365)
_SINKS: Final = {"sinks": [{"type": "null", "paced": True}]}
_BREAKFAST: Final = {
    "time": "07:00",
    "text": "Good morning! Breakfast is ready.",
    "voice": "grandma_rosa",
    "rooms": ["kitchen"],
}


def household_agent(folder: Path) -> AgentProcess:
    """Its agent, which is started by entering it."""
    _enrol_people(folder)
    settings: dict[str, Any] = {
        "data_dir": str(folder / "data"),
        "vault": {"key_file": str(folder / "keys" / "vault.key")},
        "rooms": dict.fromkeys(("kitchen", "living_room", "bedroom"), _SINKS),
        "greetings": {"breakfast": _BREAKFAST},
        "speech": {"voice": "grandma_rosa"},
        "wyoming": {"enabled": False},
    }
    return AgentProcess(folder, settings)


def _enrol_people(folder: Path) -> None:
    household = create(folder)
    keeper = VoiceKeeper(household)
    terms = scope(datetime.now(UTC) + _CONSENTED_FOR, *_PURPOSES)
    for seed, (person, name) in enumerate(PEOPLE.items()):
        keeper.enrol(
            Enrolment(
                key=new_id(),
                id=person,
                name=name,
                language="en-us",
                material=replace(material(seed), data={"embedded": voice_data()}),
                consent=record(household, terms),
            )
        )
    household.lock()

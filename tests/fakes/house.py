"""A data folder with a vault, one person in it, and an agent that can speak in their voice."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from hub_agent.agent import Agent
from hub_agent.announcement import Announcement, AnnouncementResult
from hub_agent.audio.stage import Samples
from hub_agent.settings.models import CoreSettings, RoomSettings
from hub_agent.settings.settings import Settings
from hub_agent.settings.sinks import NullSinkSettings
from hub_agent.settings.trust import VaultSettings
from tests.fakes.household import create, material, record, renewal
from tests.fakes.person import voice_data
from tests.fakes.sink import RecordingSink
from voices.consent.scope import Scope
from voices.family import WATERMARK
from voices.keeper import Enrolment, VoiceKeeper
from voices.members import Member
from voices.payload import Payload
from voices.vault.parts import new_id
from voices.watermark.keys import EpochKey, family_key

RATE = 22_050
QUIET = RoomSettings(sinks=(NullSinkSettings(type="null"),))
PACED = RoomSettings(sinks=(NullSinkSettings(type="null", paced=True),))
LONG = "The washing machine has finished. " * 12


class House:
    """A data folder with a vault, and one person enrolled in it.

    `data` is the person's voice data for other engines than the embedded one.
    """

    def __init__(self, root: Path, data: Mapping[str, Payload] | None = None) -> None:
        self.root = root
        self._data = {"embedded": voice_data(), **(data or {})}
        self.household = create(root)
        self.member = self._enrolled()

    @property
    def keeper(self) -> VoiceKeeper:
        return VoiceKeeper(self.household)

    @property
    def settings(self) -> Settings:
        core = CoreSettings(
            rooms={"kitchen": QUIET, "hall": PACED},
            vault=VaultSettings(key_file=self.root / "keys" / "vault.key"),
        )
        return Settings(core=core)

    def renew(self, terms: Scope) -> None:
        self.member = self.keeper.renew(self.member, renewal(self.household, self.member, terms))

    def said_keys(self) -> list[EpochKey]:
        """With which a detector finds what the person said."""
        master = self.household.subkey(WATERMARK)
        return [
            family_key(master, said.begun.epoch).period(period)
            for said in self.household.audit(None).utterances()
            for period in said.periods
        ]

    def _enrolled(self) -> Member:
        made = replace(material(1), data=self._data)
        return self.keeper.enrol(
            Enrolment(
                key=new_id(),
                id="grandma",
                name="Grandma",
                language="en-us",
                material=made,
                consent=record(self.household),
            )
        )

    @asynccontextmanager
    async def agent(self) -> AsyncGenerator[Agent, None]:
        async with Agent(self.settings, data_dir=self.root / "data") as agent:
            yield agent


async def into(agent: Agent, announcement: Announcement) -> tuple[AnnouncementResult, Samples]:
    async with RecordingSink(sample_rate=RATE) as sink:
        result = await agent.say_to(announcement, sink, origin="test")
    heard = [block for recording in sink.recordings for block in recording]
    return result, np.concatenate(heard) if heard else np.zeros(0, np.float32)

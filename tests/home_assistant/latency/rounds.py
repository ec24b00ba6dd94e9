"""Everybody is asked for the same texts in turns, through Home Assistant and directly."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from hub_agent.access import Access
from hub_agent.clock import SystemClock
from hub_agent.paths import paired_file, token_file
from tests.bench import peer
from tests.bench.rig.ports import HOST
from tests.bench.texts import one_sentence
from tests.bench.wyoming_client import synthesise
from tests.home_assistant import flows
from tests.home_assistant.client import Client, eventually
from tests.home_assistant.hub import FAMILY_VOICE, LANGUAGE, Hub
from tests.home_assistant.latency.times import (
    ENGINES,
    FAMILY,
    FORMATS,
    OWN,
    PEER,
    WORDS,
    WYOMING,
    Case,
    Heard,
)
from tests.home_assistant.speech import Fetched, fetch_speech, fetched_from

WARM_UP_ROUNDS: Final = 2
PEER_EVERY: Final = 2
"""It takes most of the time, and what it is compared with differs by an order of magnitude."""
_SEED: Final = 7
_VOICES: Final = {FAMILY: {"voice": FAMILY_VOICE}}
_UNASKED: Final = {(PEER, True, "wav"), (PEER, True, "mp3"), (WYOMING, True, "mp3")}
"""The peer alone is another bench's; Wyoming carries no MP3."""


class Rounds:
    """Takes the times of all cases."""

    def __init__(self, client: Client, entities: Mapping[str, str], hub: Hub) -> None:
        self._client = client
        self._entities = entities
        self._wyoming_port = hub.port("wyoming")
        self._speech_url = f"http://{HOST}:{hub.port('web')}/api/v1/speech"
        self._headers = {"Authorization": f"Bearer {_token(hub)}"}
        self.heard: dict[Case, dict[int, Heard]] = {}

    async def run(self, rounds: int, tell: Callable[[], None]) -> None:
        """In each round everything once, what is compared close together, in random order."""
        rng = random.Random(_SEED)
        for number in range(-WARM_UP_ROUNDS, rounds):
            for words in WORDS:
                for engine in rng.sample(ENGINES, len(ENGINES)):
                    if engine == PEER and number % PEER_EVERY:
                        continue
                    cases = _cases(engine, words)
                    for case in rng.sample(cases, len(cases)):
                        heard = await self._hear(case)
                        if number >= 0:
                            self.heard.setdefault(case, {})[number] = heard
            tell()

    async def _hear(self, case: Case) -> Heard:
        if not case.direct:
            return _heard(await self._through_home(case))
        if case.engine == WYOMING:
            return await asyncio.to_thread(self._over_wyoming, case)
        return _heard(await self._over_http(case))

    def _through_home(self, case: Case) -> Awaitable[Fetched]:
        options = {**_VOICES.get(case.engine, {}), "preferred_format": case.format}
        entity = self._entities[case.engine]
        return fetch_speech(self._client, entity, one_sentence(case.words), options=options)

    def _over_wyoming(self, case: Case) -> Heard:
        came = synthesise(self._wyoming_port, one_sentence(case.words), "streaming")
        return Heard(
            first_audio_s=came.first_audio_s,
            first_audible_s=came.first_audible_s,
            total_s=came.total_s,
        )

    async def _over_http(self, case: Case) -> Fetched:
        wanted = {
            **_VOICES.get(case.engine, {}),
            "text": one_sentence(case.words),
            "language": LANGUAGE,
            "format": case.format,
        }
        session = self._client.rest.session
        began = time.monotonic()
        asked = session.post(self._speech_url, json=wanted, headers=self._headers)
        return await fetched_from(asked, began)


async def add_engines(client: Client, piper: peer.Peer) -> dict[str, str]:
    """Add all that speak; their entities."""
    await flows.add(client, "wyoming", {"host": HOST, "port": piper.port})
    for domain in ("wyoming", "hub_agent"):
        (flow,) = await eventually(lambda: flows.discovered(client, domain), len)  # noqa: B023
        await flows.confirm(client, flow)
    entities = [each["entity_id"] for each in await client.entities("hub_agent")]
    own = next(each for each in entities if each.startswith("tts."))
    return {PEER: "tts.piper", WYOMING: "tts.hub_agent", OWN: own, FAMILY: own}


def _cases(engine: str, words: int) -> list[Case]:
    return [
        Case(engine=engine, words=words, format=kind, direct=direct)
        for direct in (False, True)
        for kind in FORMATS
        if (engine, direct, kind) not in _UNASKED
    ]


def _heard(fetched: Fetched) -> Heard:
    return Heard(
        first_audio_s=fetched.first_audio_s,
        first_audible_s=fetched.first_audible_s,
        total_s=fetched.total_s,
    )


def _token(hub: Hub) -> str:
    data = Path(hub.settings["data_dir"])
    return Access(token_file(data), paired_file(data), SystemClock()).load()

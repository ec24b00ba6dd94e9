"""`python -m tests.home_assistant.latency`: how soon speech comes out of Home Assistant.

The agent, over Wyoming and by its own integration, beside wyoming-piper, in turns and from no
cache. Times are from asking Home Assistant for speech to when a player has what can be heard of it.
Needs what `python -m tests.home_assistant.runtimes` makes, and root.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.table import Table

from tests.bench import peer
from tests.bench.console import wide_console
from tests.bench.rig.ports import HOST
from tests.bench.texts import one_sentence
from tests.home_assistant import flows
from tests.home_assistant.client import Client, eventually
from tests.home_assistant.home import Home, running_home
from tests.home_assistant.hub import CUSTOM_INTEGRATION, FAMILY_VOICE, Hub
from tests.home_assistant.network import private_network
from tests.home_assistant.program import Program
from tests.home_assistant.releases import RELEASES, Release
from tests.home_assistant.runtimes import runtime
from tests.home_assistant.speech import Fetched, fetch_speech

WORDS: Final = (5, 20, 60)
FORMATS: Final = ("wav", "mp3")
_WARM_UP_ROUNDS: Final = 2

Engine = tuple[str, dict[str, str]]
"""An entity and its options."""
Times = dict[tuple[str, int, str], list[Fetched]]


def main() -> None:
    """Measure in each release and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.home_assistant.latency")
    parser.add_argument("--release", choices=[each.name for each in RELEASES], action="append")
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args()
    for release in RELEASES:
        if release.name in (asked.release or [release.name]):
            _print(release, _measured(release, asked.rounds), asked.rounds)


def _measured(release: Release, rounds: int) -> Times:
    with private_network(), tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary:
        folder = Path(temporary)
        program = Program(runtime(release), folder, components=[CUSTOM_INTEGRATION])
        with (
            running_home(program) as home,
            peer.running_peer(peer.DEFAULT_VOICE, folder / "piper") as piper,
            Hub(folder / "hub"),
        ):
            return asyncio.run(_all_times(home, piper, rounds))


async def _all_times(home: Home, piper: peer.Peer, rounds: int) -> Times:
    async with home.client() as client:
        engines = await _engines(client, piper)
        times: Times = defaultdict(list)
        for number in range(-_WARM_UP_ROUNDS, rounds):
            for words in WORDS:
                for preferred in FORMATS:
                    for name, engine in engines.items():
                        fetched = await _once(client, engine, words, preferred)
                        if number >= 0:
                            times[name, words, preferred].append(fetched)
        return times


async def _engines(client: Client, piper: peer.Peer) -> Mapping[str, Engine]:
    """Add all that speak."""
    await flows.add(client, "wyoming", {"host": HOST, "port": piper.port})
    for domain in ("wyoming", "hub_agent"):
        (flow,) = await eventually(lambda: flows.discovered(client, domain), len)  # noqa: B023
        await flows.confirm(client, flow)
    own = [each["entity_id"] for each in await client.entities("hub_agent")]
    agent = next(each for each in own if each.startswith("tts."))
    return {
        "wyoming-piper": ("tts.piper", {}),
        "agent, Wyoming": ("tts.hub_agent", {}),
        "agent, own integration": (agent, {}),
        "agent, family voice": (agent, {"voice": FAMILY_VOICE}),
    }


async def _once(client: Client, engine: Engine, words: int, preferred: str) -> Fetched:
    entity_id, voice = engine
    options = {**voice, "preferred_format": preferred}
    return await fetch_speech(client, entity_id, one_sentence(words), options=options)


def _print(release: Release, times: Times, rounds: int) -> None:
    version = runtime(release).version
    table = Table(title=f"Home Assistant {version}, ms, n = {rounds}")
    table.add_column("engine")
    for column in ("words", "format", "first byte p50", "first audible p50", "max", "all p50"):
        table.add_column(column, justify="right")
    for (name, words, preferred), fetched in sorted(times.items(), key=lambda item: item[0][1:]):
        sounds = [each.first_audible_s for each in fetched]
        figures = (
            statistics.median(each.first_byte_s for each in fetched),
            statistics.median(sounds),
            max(sounds),
            statistics.median(each.total_s for each in fetched),
        )
        table.add_row(name, str(words), preferred, *(f"{1000 * figure:.0f}" for figure in figures))
    wide_console().print(table)


if __name__ == "__main__":
    main()

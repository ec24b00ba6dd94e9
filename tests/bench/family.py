"""`python -m tests.bench.family`: how much later a family voice is heard than a stock voice.

The same texts, one agent after the other; consent is asked and the watermark laid on each time.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.latency import ONE_SENTENCE, Stage, speaking_agent, time_to_sound
from tests.bench.rig.broker import Broker
from tests.fakes.household import create, material, record
from tests.fakes.person import voice_data
from voices.keeper import Enrolment, VoiceKeeper
from voices.vault.parts import new_id

WARM_UP_ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.family", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary,
        Broker(Path(temporary) / "broker") as broker,
        speaking_agent(Path(temporary) / "stock", broker) as stock,
    ):
        theirs = _times(stock, rounds)
    with (
        tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary,
        Broker(Path(temporary) / "broker") as broker,
        _family_agent(Path(temporary) / "family", broker) as family,
    ):
        ours = _times(family, rounds)
    _print(ours, theirs, rounds)


@contextmanager
def _family_agent(folder: Path, broker: Broker) -> Iterator[Stage]:
    household = create(folder)
    VoiceKeeper(household).enrol(
        Enrolment(
            key=new_id(),
            id="grandma",
            name="Grandma",
            language="en-us",
            material=replace(material(1), data={"embedded": voice_data()}),
            consent=record(household),
        )
    )
    household.lock()
    key_file = str(folder / "keys" / "vault.key")
    more = {"speech": {"voice": "grandma"}, "vault": {"key_file": key_file}}
    with speaking_agent(folder, broker, more) as stage:
        yield stage


def _times(stage: Stage, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {case.name: [] for case in ONE_SENTENCE}
    for number in range(-WARM_UP_ROUNDS, rounds):
        for case in ONE_SENTENCE:
            seconds, _ = time_to_sound(stage, case.text)
            if number >= 0:
                times[case.name].append(seconds * 1000)
    return times


def _print(ours: dict[str, list[float]], theirs: dict[str, list[float]], rounds: int) -> None:
    table = Table(title=f"from the message to the first audible sample, ms, n = {rounds}")
    for column in ("text", "family p50", "family p99", "stock p50", "ratio"):
        table.add_column(column, justify="right")
    for name, values in ours.items():
        family, stock = statistics.median(values), statistics.median(theirs[name])
        worst = sorted(values)[min(len(values) - 1, round(0.99 * len(values)))]
        row = (f"{family:.1f}", f"{worst:.1f}", f"{stock:.1f}", f"{family / stock:.1f}")
        table.add_row(name, *row)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

"""`python -m tests.home_assistant.latency`: how soon speech comes out of Home Assistant.

The agent, over Wyoming and by its own integration, beside the agent alone and wyoming-piper, in
turns and from no cache. Times are from asking for speech to when a player has what can be heard.
Needs what `python -m tests.home_assistant.runtimes` makes, and root.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import peer
from tests.bench.console import wide_console
from tests.bench.finding import Finding, findings_table
from tests.bench.machine import describe_machine
from tests.bench.readme import write_block
from tests.home_assistant.home import Home, running_home
from tests.home_assistant.hub import CUSTOM_INTEGRATION, Hub
from tests.home_assistant.latency.describing import described_while_speaking
from tests.home_assistant.latency.figures import readme_lines
from tests.home_assistant.latency.rounds import WARM_UP_ROUNDS, Rounds, add_engines
from tests.home_assistant.latency.times import PEER, WYOMING, Case, Evidence, Heard
from tests.home_assistant.latency.verdict import judge, times_table
from tests.home_assistant.network import private_network
from tests.home_assistant.program import Program
from tests.home_assistant.releases import FIRST_TO_STREAM, NEWEST, Release
from tests.home_assistant.runtimes import runtime

OUT: Final = Path(__file__).parents[2] / "bench/results/home_assistant.json"
COMMAND: Final = "python -m tests.home_assistant.latency"
STREAMING: Final = {release.name: release for release in (NEWEST, FIRST_TO_STREAM)}
README_BLOCK: Final = "bench-ha"


def main() -> None:
    """Measure, print the verdict, keep it, and exit with 1 when any check failed."""
    asked = _arguments()
    console = wide_console()
    machine = describe_machine()
    with _progress(console) as progress, private_network():
        task = progress.add_task("starting", total=asked.rounds + WARM_UP_ROUNDS)
        evidence = _measured(
            STREAMING[asked.release],
            asked.rounds,
            lambda doing, done: progress.update(task, description=doing, advance=done),
        )
    findings = judge(evidence)
    console.print(times_table(evidence))
    console.print(findings_table(findings))
    _keep(asked.release, evidence, findings, machine)
    if asked.readme is not None:
        write_block(asked.readme, README_BLOCK, readme_lines(evidence, machine))
    sys.exit(0 if all(finding.passed for finding in findings) else 1)


def _measured(release: Release, rounds: int, tell: Callable[[str, int], None]) -> Evidence:
    with tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary:
        folder = Path(temporary)
        program = Program(runtime(release), folder, components=[CUSTOM_INTEGRATION])
        with (
            running_home(program) as home,
            peer.running_peer(peer.DEFAULT_VOICE, folder / "piper") as piper,
            Hub(folder / "hub") as hub,
        ):
            heard = asyncio.run(_heard(home, piper, hub, rounds, lambda: tell("speaking", 1)))
            tell("telling the voices", 0)
            return Evidence(
                release=program.runtime.version,
                peer_versions=piper.versions,
                heard=heard,
                describe_s={
                    WYOMING: described_while_speaking(hub.port("wyoming"), "streaming"),
                    PEER: described_while_speaking(piper.port, piper.dialogue),
                },
            )


async def _heard(
    home: Home, piper: peer.Peer, hub: Hub, number: int, tell: Callable[[], None]
) -> dict[Case, dict[int, Heard]]:
    async with home.client() as client:
        rounds = Rounds(client, await add_engines(client, piper), hub)
        await rounds.run(number, tell)
        return rounds.heard


def _keep(
    release: str, evidence: Evidence, findings: list[Finding], machine: dict[str, object]
) -> None:
    """Beside what was found in other releases."""
    kept: dict[str, Any] = json.loads(OUT.read_text()) if OUT.exists() else {}
    kept[release] = {
        "machine": machine,
        "version": evidence.release,
        "peer": evidence.peer_versions,
        "passed": all(finding.passed for finding in findings),
        "findings": [asdict(finding) for finding in findings],
        "heard": [_series(case, heard) for case, heard in evidence.heard.items()],
        "describe_s": {
            name: [round(took, 5) for took in taken] for name, taken in evidence.describe_s.items()
        },
    }
    OUT.write_text(json.dumps(kept, indent=1) + "\n")


def _series(case: Case, heard: dict[int, Heard]) -> dict[str, Any]:
    """All samples of one case, seconds by their round."""
    moments = {
        moment: {number: round(asdict(each)[moment], 5) for number, each in heard.items()}
        for moment in Heard.__dataclass_fields__
    }
    return {**asdict(case), **moments}


def _progress(console: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("{task.description}"), console=console)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=16, help="how often each is asked")
    parser.add_argument("--release", choices=STREAMING, default=NEWEST.name)
    parser.add_argument("--readme", type=Path, help="README to write the figures into")
    return parser.parse_args()


if __name__ == "__main__":
    main()

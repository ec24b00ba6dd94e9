"""`python -m tests.home_assistant.restarts`: everything restarts, and everything comes back.

A broker, a Home Assistant that knows the agent over MQTT, over Wyoming and by its own integration,
and the agent. Needs what `python -m tests.home_assistant.runtimes` makes, and root.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench.console import wide_console
from tests.bench.finding import Finding, findings_table
from tests.bench.machine import describe_machine
from tests.home_assistant.network import private_network
from tests.home_assistant.releases import NEWEST, RELEASES, Release
from tests.home_assistant.restarts.household import running_household
from tests.home_assistant.restarts.logs import agent_troubles, read_home_log
from tests.home_assistant.restarts.rounds import Round, settle
from tests.home_assistant.restarts.verdict import Evidence, back_times, judge, times_table
from tests.home_assistant.runtimes import runtime

OUT: Final = Path(__file__).parents[2] / "bench/results/home_assistant_restarts.json"
COMMAND: Final = "python -m tests.home_assistant.restarts"


def main() -> None:
    """Run, print the verdict, keep it, and exit with 1 when any check failed."""
    asked = _arguments()
    console = wide_console()
    release = next(each for each in RELEASES if each.name == asked.release)
    with tempfile.TemporaryDirectory(prefix="hub-agent-restarts-") as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        with _progress(console) as progress, private_network():
            task = progress.add_task("starting", total=asked.rounds)
            evidence = _gather(release, folder, asked, lambda done: _tell(progress, task, done))
    findings = judge(evidence)
    console.print(times_table(evidence))
    console.print(findings_table(findings))
    _keep(evidence, findings, asked)
    sys.exit(0 if all(finding.passed for finding in findings) else 1)


def _gather(
    release: Release, folder: Path, asked: argparse.Namespace, tell: Callable[[Round], None]
) -> Evidence:
    with running_household(release, folder) as household:

        async def run() -> Evidence:
            rounds = await settle(household)
            await rounds.run(asked.rounds, asked.seed, tell)
            return Evidence(
                release=runtime(release).version,
                rounds=rounds.done,
                unspared=rounds.unspared(),
                home_log=read_home_log(household.home.program.log),
                agent_troubles=agent_troubles(household.hub.log),
            )

        return asyncio.run(run())


def _tell(progress: Progress, task: Any, done: Round) -> None:
    """How far it is, and at once what went wrong."""
    if wrong := done.wrong():
        progress.console.print(f"{done.outage}: {wrong}", markup=False)
    progress.update(task, advance=1, description=str(done.outage))


def _progress(console: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("{task.description}"), console=console)


def _keep(evidence: Evidence, findings: list[Finding], asked: argparse.Namespace) -> None:
    """Beside what was found in other releases."""
    kept: dict[str, Any] = json.loads(OUT.read_text()) if OUT.exists() else {}
    kept[asked.release] = {
        "machine": describe_machine(),
        "version": evidence.release,
        "seed": asked.seed,
        "passed": all(finding.passed for finding in findings),
        "findings": [asdict(finding) for finding in findings],
        "expected_log_lines": evidence.home_log.expected,
        "back_s": _times(evidence),
        "rounds": [_round(each) for each in evidence.rounds],
    }
    OUT.write_text(json.dumps(kept, indent=1) + "\n")


def _times(evidence: Evidence) -> dict[str, Any]:
    """Median and worst by kind of outage and integration."""
    return {
        kind: {
            platform: {
                "n": len(took),
                "median": round(median(took), 2),
                "worst": round(max(took), 2),
            }
            for platform, took in by_platform.items()
        }
        for kind, by_platform in back_times(evidence.rounds).items()
    }


def _round(done: Round) -> dict[str, Any]:
    """One round, without what did not go wrong; seconds to the hundredth."""
    told = {key: value for key, value in asdict(done).items() if value}
    back_s = {platform: round(took, 2) for platform, took in done.back_s.items()}
    own = {"outage": str(done.outage), "back_s": back_s, "going_s": round(done.going_s, 2)}
    return {**told, **own, "absence_s": round(done.outage.absence_s, 2)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50, help="how many outages")
    parser.add_argument("--release", choices=[each.name for each in RELEASES], default=NEWEST.name)
    parser.add_argument("--seed", type=int, default=1, help="what outages are drawn from")
    parser.add_argument("--keep", type=Path, help="folder for logs and state that is kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()

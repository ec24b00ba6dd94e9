"""`python -m tests.soak.wyoming_clients`: hundreds of Wyoming clients at once, many hostile.

Whoever wants speech must get it, memory must stay, and nothing may be left behind.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.console import wide_console
from tests.bench.figures import percentile
from tests.bench.finding import Finding, findings_table
from tests.bench.wyoming import wyoming_agent
from tests.soak.account import LogAccount, read_log
from tests.soak.resources import Sample, Watcher
from tests.soak.wyoming_behaviours import Account, behave

PEAK_LIMIT_MIB: Final = 256.0
"""Above idle: 40 clients at 8 s of rendered sound and 48 threads are about 60 MiB of it."""
GROWTH_LIMIT_MIB: Final = 8.0
DESCRIBE_LIMIT_S: Final = 1.0
"""Home Assistant 2025.7 waits no longer."""
MOST_FILES_LEFT: Final = 4
MOST_THREADS_LEFT: Final = 10
SETTLE_S: Final = 5.0


def main() -> None:
    """Run, print the verdict and exit with 1 when any check failed."""
    arguments = _arguments()
    account = Account()
    with (
        tempfile.TemporaryDirectory(prefix="hub-agent-wyoming-") as folder,
        wyoming_agent(Path(folder)) as (agent, port),
    ):
        asyncio.run(_crowd(port, Account(), clients=2, seconds=3, seed=0))
        with Watcher(agent.process) as watcher:
            idle = watcher.look()
            crowd = _crowd(
                port, account, clients=arguments.clients, seconds=arguments.seconds, seed=1
            )
            asyncio.run(crowd)
            time.sleep(SETTLE_S)
            rest = watcher.look()
        log = read_log(agent.log_entries())
    findings = [
        _served(account),
        _described(account),
        *_memory(watcher, idle),
        _left(idle, rest),
        _untroubled(log),
    ]
    console = wide_console()
    console.print(
        f"{arguments.clients} clients for {arguments.seconds} s; others: {account.hostile}"
    )
    console.print(findings_table(findings))
    sys.exit(0 if all(finding.passed for finding in findings) else 1)


async def _crowd(port: int, account: Account, *, clients: int, seconds: float, seed: int) -> None:
    """So many clients at once, each replaced by another one as it leaves."""
    deadline = time.monotonic() + seconds

    async def place(number: int) -> None:
        chance = random.Random(seed * 10_000 + number)
        while time.monotonic() < deadline:
            await behave(port, account, chance)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(place(number))


def _served(account: Account) -> Finding:
    first = account.first_sound_s or [0.0]
    return Finding(
        check="whoever wanted speech got it",
        passed=account.served > 0 and not account.failed,
        detail=f"{account.served} served, first sound p50 {percentile(first, 50):.2f} s, "
        f"p99 {percentile(first, 99):.2f} s; not served: {dict(account.failed)}",
    )


def _described(account: Account) -> Finding:
    took = account.described_s or [DESCRIBE_LIMIT_S]
    worst = percentile(took, 99)
    return Finding(
        check=f"voices are told within {DESCRIBE_LIMIT_S:.0f} s",
        passed=worst < DESCRIBE_LIMIT_S,
        detail=f"{len(account.described_s)} times, p50 {percentile(took, 50) * 1000:.0f} ms, "
        f"p99 {worst * 1000:.0f} ms",
    )


def _memory(watcher: Watcher, idle: Sample) -> list[Finding]:
    peak = max(sample.rss_mib for sample in watcher.samples) - idle.rss_mib
    growth = watcher.growth_mib()
    return [
        Finding(
            check="memory is bounded",
            passed=peak < PEAK_LIMIT_MIB,
            detail=f"{peak:.0f} MiB above {idle.rss_mib:.0f} MiB at most",
        ),
        Finding(
            check="memory does not grow",
            passed=growth < GROWTH_LIMIT_MIB,
            detail=f"{growth:+.1f} MiB over the second half",
        ),
    ]


def _left(idle: Sample, rest: Sample) -> Finding:
    files, threads = rest.files - idle.files, rest.threads - idle.threads
    return Finding(
        check="nothing is left behind",
        passed=files <= MOST_FILES_LEFT and threads <= MOST_THREADS_LEFT,
        detail=f"{files:+d} files, {threads:+d} threads",
    )


def _untroubled(log: LogAccount) -> Finding:
    return Finding(
        check="the agent's log tells of no trouble",
        passed=not log.troubles,
        detail=f"{len(log.troubles)}: {log.troubles[:3]}",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=200, help="at once")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long")
    return parser.parse_args()


if __name__ == "__main__":
    main()

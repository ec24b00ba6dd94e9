"""`python -m tests.soak.run`: thousands of announcements through a broker that keeps dying."""

import argparse
import json
import sys
import tempfile
import uuid
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench.console import wide_console
from tests.bench.finding import Finding, findings_table
from tests.bench.machine import describe_machine
from tests.soak.evidence import Evidence
from tests.soak.orders import draw_orders
from tests.soak.soak import Plan, soak
from tests.soak.verdict import judge, lost_by_broker

DEFAULT_OUT = Path(__file__).parents[1] / "bench/results"
JSON_NAME = "soak.json"


def main() -> None:
    """Run the soak and exit with 1 when any check failed."""
    arguments = _arguments()
    console = wide_console()
    prefix = f"soak{uuid.uuid4().hex[:6]}-"
    plan = Plan(
        orders=draw_orders(arguments.count, arguments.seed, prefix),
        prefix=prefix,
        seed=arguments.seed,
        kill_every_s=arguments.kill_every,
        rate=arguments.rate,
    )
    with tempfile.TemporaryDirectory(prefix="hub-agent-soak-") as temporary:
        folder = arguments.keep or Path(temporary)
        with _progress(console) as progress:
            task = progress.add_task("orders", total=len(plan.orders))
            evidence = soak(plan, folder, lambda: progress.advance(task))
    findings = judge(evidence)
    _print(console, evidence, findings)
    console.print(f"wrote {_save(evidence, findings, arguments)}")
    sys.exit(0 if all(finding.passed for finding in findings) else 1)


def _print(console: Console, evidence: Evidence, findings: list[Finding]) -> None:
    outcomes = ", ".join(f"{name} {count}" for name, count in evidence.outcomes().most_common())
    console.print(f"broker killed {len(evidence.kills)} times; {outcomes}")
    console.print(findings_table(findings))


def _save(evidence: Evidence, findings: list[Finding], arguments: argparse.Namespace) -> Path:
    wire = evidence.wire
    document = {
        "machine": describe_machine(),
        "count": arguments.count,
        "seed": arguments.seed,
        "kills": len(evidence.kills),
        "passed": all(finding.passed for finding in findings),
        "findings": [asdict(finding) for finding in findings],
        "outcomes": evidence.outcomes(),
        "results_without_id": evidence.results_without_id(),
        "duplicates_answered": evidence.agent.duplicates,
        "agent_connections": wire.connections,
        "repeated_by_broker": wire.repeated_by_broker,
        "sent_again": sum(evidence.sent_again.values()),
        "lost_by_broker": lost_by_broker(evidence),
        "memory": asdict(evidence.memory),
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    path: Path = arguments.out / JSON_NAME
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.run", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="announcements")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn from")
    parser.add_argument("--kill-every", type=float, default=5.0, help="seconds between kills")
    parser.add_argument("--rate", type=float, default=28.0, help="announcements a second")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder for the report")
    parser.add_argument("--keep", type=Path, help="folder for logs and state that is kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()

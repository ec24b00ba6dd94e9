"""What a person reads at the end of a run."""

from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.figures import percentile
from tests.bench.latency import CASES
from tests.bench.lifecycle import Memory
from tests.bench.result import BenchResult, Target

_MET = {True: "[green]yes[/]", False: "[red]no[/]", None: "[yellow]–[/]"}


def print_report(console: Console, result: BenchResult, targets: list[Target]) -> None:
    """Print every table of the run."""
    for table in (
        _latency(result),
        _lifecycle(result),
        _text_cost(result),
        _submit_cost(result),
        _targets(targets),
    ):
        console.print(table)
    if result.peer_missing:
        console.print(f"[yellow]peer not measured:[/] {result.peer_missing}")


def _latency(result: BenchResult) -> Table:
    table = _table(
        "Publish → first audible sample (ms)",
        *("text", "n", "p50", "p90", "p99", "inside the agent p50"),
        *("peer n", "peer p50", "peer ÷ ours, paired", "95 %"),
    )
    for case in CASES:
        ours, theirs = result.ours(case.name), result.theirs(case.name)
        ratio, inside = result.ratio(case.name), result.latency[case.name].agent_ttfa_s
        table.add_row(
            case.name,
            str(ours.n),
            *(_ms(value) for value in (ours.p50, ours.p90, ours.p99)),
            _ms(median(inside)) if inside else "–",
            str(theirs.n) if theirs else "–",
            _ms(theirs.p50) if theirs else "–",
            f"{ratio.median:.1f} ×" if ratio else "–",
            f"{ratio.low:.1f}–{ratio.high:.1f}" if ratio else "–",
        )
    growth = result.long_to_short()
    table.caption = (
        f"200 words against 2, paired: {growth.median:.2f} × "
        f"(95 %: {growth.low:.2f}–{growth.high:.2f})"
    )
    return table


def _lifecycle(result: BenchResult) -> Table:
    table = _table("The process", "what", "value")
    starts, idle, flow = result.starts, result.idle, result.throughput
    rows = {
        f"start → ready, median of {len(starts)}": f"{median(s.ready_s for s in starts):.2f} s",
        "start → online at the broker": f"{median(s.online_s for s in starts):.2f} s",
        "first announcement after a start, 20 words": _ms(
            median(s.first_announcement_s for s in starts)
        )
        + " ms",
        f"idle processor time over {idle.seconds:.0f} s": f"{idle.cpu_percent:.2f} %",
        "idle wake-ups": f"{idle.wakeups_per_s:.1f} / s",
        "memory idle (RSS / PSS / USS)": _memory(idle.memory),
        "memory speaking (RSS / PSS / USS)": _memory(idle.memory_speaking),
        "threads idle": str(idle.threads),
        f"throughput, {flow.announcements} announcements": f"{flow.per_second:.0f} / s, "
        f"{flow.cpu_ms_each:.1f} ms processor time each",
    }
    if result.peer is not None:
        rows["peer: memory (RSS / PSS / USS)"] = _memory(result.peer.memory)
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _text_cost(result: BenchResult) -> Table:
    table = _table("Cost as the text grows", "words", "processor ms per word", "wall ms")
    for cost in result.text_cost:
        table.add_row(str(cost.words), f"{cost.cpu_ms_per_word:.2f}", f"{cost.wall_ms:.0f}")
    return table


def _submit_cost(result: BenchResult) -> Table:
    table = _table("Publish → queued as the queue grows", "waiting", "p50 ms", "p90 ms")
    for cost in result.submit_cost:
        table.add_row(
            str(cost.waiting),
            f"{median(cost.submit_ms):.2f}",
            f"{percentile(cost.submit_ms, 90):.2f}",
        )
    return table


def _targets(targets: list[Target]) -> Table:
    table = _table("Targets", "what", "wanted", "measured", "met")
    for target in targets:
        table.add_row(target.name, target.wanted, target.measured, _MET[target.met])
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _memory(memory: Memory) -> str:
    values = (memory.rss_mib, memory.pss_mib, memory.uss_mib)
    return " / ".join(f"{value:.0f}" for value in values) + " MiB"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"

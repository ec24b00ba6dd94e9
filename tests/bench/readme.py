"""The figures in the README, written by the run that measured them."""

from pathlib import Path
from statistics import median

from tests.bench.latency import CASES
from tests.bench.result import BenchResult


def write_figures(readme: Path, result: BenchResult, chart: Path) -> None:
    """Replace what the last run wrote."""
    write_block(readme, "bench", _lines(result, chart.relative_to(readme.resolve().parent)))


def write_block(readme: Path, name: str, lines: list[str]) -> None:
    """Replace what stands between the markers of that name."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = readme.read_text("utf-8")
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    figures = "\n".join(lines)
    readme.write_text(f"{head}{begin}\n\n{figures}\n\n{end}{tail}", "utf-8")


def _lines(result: BenchResult, chart: Path) -> list[str]:
    machine = result.machine
    where = f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}"
    return [
        f"`make bench` on {where}, {str(machine['measured_at'])[:10]}: from the message to the",
        "first audible sample at a TCP sink, in milliseconds. The peer is wyoming-piper with a",
        '"medium" voice, asked for the same texts in the same run; the ratio is paired.',
        "",
        "| text | p50 | p99 | wyoming-piper, p50 | ratio |",
        "|---|---|---|---|---|",
        *(_row(result, case.name) for case in CASES),
        "",
        f"- {_of_process(result)}",
        f"- 200 words take {result.long_to_short().median:.2f} times as long as 2 words.",
        f"- {result.throughput.per_second:.0f} announcements a second go through the queue.",
        "",
        f"![Charts of these figures]({chart.as_posix()})",
    ]


def _row(result: BenchResult, case: str) -> str:
    ours, theirs, ratio = result.ours(case), result.theirs(case), result.ratio(case)
    peer = "–" if theirs is None else f"{1000 * theirs.p50:.0f}"
    times = "–" if ratio is None else f"{ratio.median:.0f} ×"
    return f"| {case} | {1000 * ours.p50:.1f} | {1000 * ours.p99:.1f} | {peer} | {times} |"


def _of_process(result: BenchResult) -> str:
    ready_s = median(start.ready_s for start in result.starts)
    idle = result.idle
    return (
        f"Ready {ready_s:.2f} s after the start; {idle.cpu_percent:.2f} % of a core when idle; "
        f"{idle.memory.rss_mib:.0f} MiB resident when idle, "
        f"{idle.memory_speaking.rss_mib:.0f} MiB when speaking."
    )

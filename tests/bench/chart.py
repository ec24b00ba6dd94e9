"""The picture of one run."""

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.figures import Summary, percentile
from tests.bench.latency import ONE_SENTENCE
from tests.bench.result import BenchResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PNG_NAME = "bench.png"
_OURS, _PEER, _QUIET = "#0b6e8f", "#b3541e", "#9aa5ab"
_RATIO_TARGET, _TARGET_WORDS = 15.0, 60
_WHOLE_ABOVE_MS = 100


def draw(result: BenchResult, folder: Path) -> Path:
    """Draw the four panels and write the PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update(
        {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True}
    )
    plt.rcParams.update({"grid.color": "#e6eaec", "axes.axisbelow": True})
    figure, ((latency, ratio), (text, queue)) = plt.subplots(2, 2, figsize=(11, 8))
    _draw_latency(latency, result)
    _draw_ratio(ratio, result)
    _draw_text_cost(text, result)
    _draw_queue(queue, result)
    machine = result.machine
    figure.suptitle(
        f"Hub Agent – {machine['processor']}, {machine['cores']} cores, {machine['measured_at']}",
        fontsize=11,
    )
    figure.tight_layout()
    path = folder / PNG_NAME
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


def _draw_latency(axes: "Axes", result: BenchResult) -> None:
    _whiskers(axes, [result.ours(case.name) for case in ONE_SENTENCE], _OURS, "Hub Agent")
    theirs = [result.theirs(case.name) for case in ONE_SENTENCE]
    measured = [each for each in theirs if each is not None]
    if len(measured) == len(ONE_SENTENCE):
        _whiskers(axes, measured, _PEER, "wyoming-piper")
    axes.set_yscale("log")
    axes.set_ylim(bottom=1)
    axes.set_xlim(-0.3, len(ONE_SENTENCE) - 0.55)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_xticks(range(len(ONE_SENTENCE)), [str(case.words) for case in ONE_SENTENCE])
    axes.set(title="Request → first audible sample", xlabel="words in one sentence", ylabel="ms")
    axes.legend(frameon=False, title="p50; bar: fastest to p99", title_fontsize=9)


def _whiskers(axes: "Axes", summaries: list[Summary], colour: str, label: str) -> None:
    middle = [1000 * each.p50 for each in summaries]
    below = [1000 * (each.p50 - each.minimum) for each in summaries]
    above = [1000 * (each.p99 - each.p50) for each in summaries]
    xs = range(len(summaries))
    axes.errorbar(xs, middle, [below, above], fmt="o-", color=colour, label=label, capsize=4)
    for x, y in zip(xs, middle, strict=True):
        shown = f"{y:.0f}" if y >= _WHOLE_ABOVE_MS else f"{y:.1f}"
        axes.annotate(shown, (x, y), (8, -12), textcoords="offset points", color=colour)


def _draw_ratio(axes: "Axes", result: BenchResult) -> None:
    axes.set(title="How many times later the peer is heard (paired)", xlabel="words")
    ratios = [(case.words, result.ratio(case.name)) for case in ONE_SENTENCE]
    known = [(words, ratio) for words, ratio in ratios if ratio is not None]
    if not known:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "peer not measured", ha="center", transform=axes.transAxes)
        return
    xs = range(len(known))
    errors = [[r.median - r.low for _, r in known], [r.high - r.median for _, r in known]]
    axes.bar(xs, [r.median for _, r in known], yerr=errors, color=_OURS, width=0.55, capsize=4)
    _mark_target(axes, [words for words, _ in known].index(_TARGET_WORDS))
    axes.set_yscale("log")
    axes.set_ylim(1, 2 * max(ratio.high for _, ratio in known))
    axes.yaxis.set_major_formatter("{x:g}×")
    axes.set_xticks(xs, [str(words) for words, _ in known])
    for x, (_, ratio) in zip(xs, known, strict=True):
        axes.annotate(
            f"{ratio.median:.1f}×", (x, ratio.high), (0, 4), textcoords="offset points", ha="center"
        )


def _mark_target(axes: "Axes", bar: int) -> None:
    axes.hlines(_RATIO_TARGET, bar - 0.27, bar + 0.27, color="white", linewidth=2)
    label = f"≥ {_RATIO_TARGET:.0f}×"
    axes.text(bar, _RATIO_TARGET * 0.9, label, color="white", fontsize=9, ha="center", va="top")


def _draw_text_cost(axes: "Axes", result: BenchResult) -> None:
    words = [cost.words for cost in result.text_cost]
    axes.plot(words, [cost.cpu_ms_per_word for cost in result.text_cost], "o-", color=_OURS)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.3 * max(cost.cpu_ms_per_word for cost in result.text_cost))
    axes.set_xticks(words, [str(each) for each in words])
    axes.minorticks_off()
    axes.set(title="Processor time per word", xlabel="words in the text", ylabel="ms per word")


def _draw_queue(axes: "Axes", result: BenchResult) -> None:
    waiting = [cost.waiting for cost in result.submit_cost]
    for cost in result.submit_cost:
        axes.plot([cost.waiting] * len(cost.submit_ms), cost.submit_ms, ".", color=_QUIET)
    axes.plot(
        waiting, [median(c.submit_ms) for c in result.submit_cost], "o-", color=_OURS, label="p50"
    )
    slow = [percentile(c.submit_ms, 90) for c in result.submit_cost]
    axes.plot(waiting, slow, "--", color=_OURS, label="p90", linewidth=1)
    axes.set_xscale("symlog", linthresh=10)
    axes.set_ylim(bottom=0)
    axes.set(title="Publish → queued", xlabel="announcements already waiting", ylabel="ms")
    axes.legend(frameon=False)

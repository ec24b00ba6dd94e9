"""`python -m tests.bench.watermark --folder FOLDER`: what the mark costs and what it survives.

The folder has one folder for each speaker, with recordings in it; with `--engine` the stock voices
speak instead. PESQ is measured where the package `pesq` is installed. Lines with a required
number get a verdict, and the command fails where one is missed.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.bench.console import wide_console
from tests.bench.finding import Finding, findings_table
from tests.bench.watermark_acceptance import ACCEPTANCE, findings
from tests.bench.watermark_attacks import ATTACKS, QUICK, Samples
from tests.bench.watermark_chart import draw
from tests.bench.watermark_material import CLIP_S, add_material, material, source
from tests.bench.watermark_quality import NO_PESQ, Quality, pesq_or_none, quality
from tests.bench.watermark_survival import LENGTHS_S, Survival, survival
from voices.watermark.embedder import Strength

_SETS = {
    "all": frozenset(each.name for each in ATTACKS),
    "acceptance": ACCEPTANCE,
    "quick": QUICK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    source: str
    clips: int
    strength: str
    duration_s: float
    quality: list[Quality]
    survival: list[Survival]
    findings: list[Finding]


def _report(arguments: argparse.Namespace, clips: Sequence[Samples], progress: Progress) -> Report:
    started = time.monotonic()
    strength = Strength[arguments.strength.upper()]
    qualities = [quality(clips, each) for each in Strength]
    survivals = list(_survivals(arguments, clips, strength, progress))
    chosen = next(each for each in qualities if each.decibels == strength.value)
    if arguments.engine:
        # The required PESQ is of people's speech; the thin sound of a stock voice has less.
        chosen = replace(chosen, pesq_mean=None, pesq_worst=None)
    return Report(
        source=source(arguments),
        clips=len(clips),
        strength=arguments.strength,
        duration_s=time.monotonic() - started,
        quality=qualities,
        survival=survivals,
        findings=list(findings(chosen, survivals)),
    )


def _survivals(
    arguments: argparse.Namespace,
    clips: Sequence[Samples],
    strength: Strength,
    progress: Progress,
) -> Iterator[Survival]:
    chosen = arguments.attacks or _SETS[arguments.set]
    names = [each.name for each in ATTACKS if each.name in chosen]
    work = partial(survival, clips=clips, strength=strength)
    task = progress.add_task("attacks", total=len(names))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for name, rows in zip(names, pool.map(work, names), strict=True):
            progress.update(task, advance=1, description=name)
            yield from rows


def _print(report: Report, console: Console) -> None:
    console.print(f"{report.clips} clips of {CLIP_S} s, {report.source}, {report.strength}")
    console.print(_quality_table(report.quality))
    console.print(_survival_table(report.survival))
    console.print("% found at 1e-4 / at 1e-6, named blindly / by a list of 10 000")
    console.print(findings_table(report.findings))


def _quality_table(qualities: Sequence[Quality]) -> Table:
    table = Table("strength", "dB", "PESQ-wb", "worst", "SNR dB", "RTF", box=None)
    for each in qualities:
        pesq = [
            "–" if score is None else f"{score:.2f}" for score in (each.pesq_mean, each.pesq_worst)
        ]
        figures = f"{each.snr_db:.1f}", f"{each.rtf:.4f}"
        table.add_row(each.strength, f"{each.decibels:.1f}", *pesq, *figures)
    return table


def _survival_table(survivals: Sequence[Survival]) -> Table:
    table = Table("attack", *(f"{length_s} s" for length_s in LENGTHS_S), box=None)
    cells: dict[str, list[str]] = {}
    for each in survivals:
        shares = each.found_1e4, each.found_1e6, each.named_blindly, each.named_by_list
        found, certain, blindly, listed = (f"{100 * share:3.0f}" for share in shares)
        cells.setdefault(each.attack, []).append(f"{found}/{certain}, {blindly}/{listed}")
    for name, row in cells.items():
        table.add_row(name, *row)
    return table


def attack_names(text: str) -> frozenset[str]:
    """The attacks of a list with commas."""
    names = frozenset(name.strip() for name in text.split(","))
    unknown = sorted(names - _SETS["all"])
    if unknown:
        raise argparse.ArgumentTypeError(f"no such attack: {', '.join(unknown)}")
    return names


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_material(parser)
    parser.add_argument("--clips", type=int, default=20)
    strengths = [each.name.lower() for each in Strength]
    parser.add_argument("--strength", choices=strengths, default="normal")
    parser.add_argument("--set", choices=_SETS, default="all")
    parser.add_argument("--attacks", type=attack_names, metavar="NAME,…", help="instead of a set")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--chart", type=Path, metavar="PNG")
    return parser.parse_args()


def main() -> None:
    """Run it."""
    arguments = _arguments()
    console = wide_console()
    if pesq_or_none() is None:
        console.print(NO_PESQ, style="yellow")
    clips = material(arguments, arguments.clips)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        report = _report(arguments, clips, progress)
    _print(report, console)
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(report), indent=1) + "\n")
    if arguments.chart:
        draw(asdict(report), arguments.chart)
    raise SystemExit(not all(each.passed for each in report.findings))


if __name__ == "__main__":
    main()

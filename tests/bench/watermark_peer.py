"""`python -m tests.bench.watermark_peer --folder FOLDER`: our mark beside that of resemble-perth.

Both mark the same clips, go through the same attacks and are cut at the same places, in turn.
The peer has no key and no p-value, only a confidence; so how often either finds a mark in
unmarked clips is measured as well. The figures are written after every clip: a run may be ended
early.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.bench.console import wide_console
from tests.bench.machine import describe_machine
from tests.bench.watermark import attack_names
from tests.bench.watermark_attacks import ATTACKS, Samples
from tests.bench.watermark_chart import draw
from tests.bench.watermark_comparison import (
    LENGTHS_S,
    Compared,
    Cost,
    Trial,
    Unmarked,
    compared,
    costs,
    trials,
    unmarked,
)
from tests.bench.watermark_material import recorded, synthesised
from tests.bench.watermark_peer_process import Peer, running_peer
from tests.bench.watermark_quality import NO_PESQ, pesq_or_none
from voices.watermark.embedder import Strength

_SLOW = frozenset(
    {
        *("speed 0.90", "speed 1.03", "tempo 0.90", "pitch -1 semitone"),
        *("speed 1.03, mp3 64k", "tempo 1.1, opus", "pitch +1, aac"),
    }
)
"""Searched for at other speeds, which takes seconds; others of their kind are compared."""
_DEFAULT = frozenset(each.name for each in ATTACKS) - _SLOW


@dataclass(slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    source: str
    clips: int
    strength: str
    machine: dict[str, object]
    ours: Cost
    peer: Cost
    ours_stock_voices: Cost
    peer_stock_voices: Cost
    unmarked: list[Unmarked]
    survival: list[Compared] = field(default_factory=list)


def _measure(
    arguments: argparse.Namespace, clips: Sequence[Samples], peer: Peer, progress: Progress
) -> Report:
    strength = Strength[arguments.strength.upper()]
    chosen = clips[: arguments.clips]
    task = progress.add_task("quality, unmarked clips", total=None)
    ours, theirs = costs(chosen, strength, peer)
    ours_stock, theirs_stock = costs(synthesised(arguments.clips), strength, peer)
    report = Report(
        source=arguments.folder.name,
        clips=0,
        strength=arguments.strength,
        machine=describe_machine(),
        ours=ours,
        peer=theirs,
        ours_stock_voices=ours_stock,
        peer_stock_voices=theirs_stock,
        unmarked=[unmarked(clips, length_s, peer) for length_s in LENGTHS_S],
    )
    attacks = [each for each in ATTACKS if each.name in arguments.attacks]
    progress.update(task, total=len(chosen) * len(attacks))
    heard: list[Trial] = []
    for index, plain in enumerate(chosen):
        for pieces in trials(index, plain, attacks, strength, peer):
            heard += pieces
            name = f"clip {index + 1}, {pieces[0].attack}"
            progress.update(task, advance=1, description=name)
        report.clips, report.survival = index + 1, list(compared(heard))
        _write(report, arguments)
    return report


def _write(report: Report, arguments: argparse.Namespace) -> None:
    figures = asdict(report)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    if arguments.chart:
        draw(figures, arguments.chart)


def _print(report: Report, console: Console) -> None:
    console.print(f"{report.clips} clips of {report.source}, {report.strength}")
    console.print(_cost_table(report))
    console.print(_unmarked_table(report.unmarked))
    console.print(_survival_table(report.survival))
    console.print("% found by us at 1e-4 / at 1e-6, 32 bits read; % found by the peer")


def _cost_table(report: Report) -> Table:
    table = Table("", "PESQ-wb", "worst", "RTF of marking", "RTF of detecting", box=None)
    rows = {
        "ours": report.ours,
        "peer": report.peer,
        "ours, stock voices": report.ours_stock_voices,
        "peer, stock voices": report.peer_stock_voices,
    }
    for name, cost in rows.items():
        pesq = [f"{np.mean(cost.pesq):.2f}", f"{min(cost.pesq):.2f}"] if cost.pesq else ["–", "–"]
        table.add_row(name, *pesq, f"{cost.mark_rtf:.4f}", f"{cost.detect_rtf:.4f}")
    return table


def _unmarked_table(rows: Sequence[Unmarked]) -> Table:
    columns = "unmarked pieces", "length", "ours at 1e-4", "ours at 1e-6", "peer at 0.5"
    table = Table(*columns, box=None)
    for row in rows:
        alarms = row.alarms_1e4, row.alarms_1e6, row.peer_alarms
        table.add_row(str(row.pieces), f"{row.length_s:g} s", *map(str, alarms))
    return table


def _survival_table(rows: Sequence[Compared]) -> Table:
    table = Table("attack", *(f"{length_s} s" for length_s in LENGTHS_S), box=None)
    cells: dict[str, list[str]] = {}
    for row in rows:
        shares = row.found_1e4, row.found_1e6, row.named_blindly, row.peer_found
        found, certain, read, peer = (f"{100 * share:3.0f}" for share in shares)
        cells.setdefault(row.attack, []).append(f"{found}/{certain}, {read}; {peer}")
    for name, cell in cells.items():
        table.add_row(name, *cell)
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--unmarked", type=int, default=40, help="clips heard without any mark")
    strengths = [each.name.lower() for each in Strength]
    parser.add_argument("--strength", choices=strengths, default="normal")
    parser.add_argument("--attacks", type=attack_names, default=_DEFAULT, metavar="NAME,…")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--chart", type=Path, metavar="PNG")
    return parser.parse_args()


def main() -> None:
    """Run it."""
    arguments = _arguments()
    console = wide_console()
    if pesq_or_none() is None:
        console.print(NO_PESQ, style="yellow")
    clips = recorded(arguments.folder, max(arguments.clips, arguments.unmarked))
    with (
        running_peer() as peer,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        report = _measure(arguments, clips, peer, progress)
    _print(report, console)


if __name__ == "__main__":
    main()

"""`python -m tests.bench.watermark --folder FOLDER`: what the mark costs and what it survives.

The folder has one folder for each speaker, with recordings in it. PESQ is measured where the
package `pesq` is installed.
"""

import argparse
import importlib
import json
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.bench.watermark_attacks import ATTACKS, QUICK, RATE, Attack, Samples
from tests.bench.watermark_chart import draw
from voices.enrolment.decode import decode_file
from voices.watermark.correlator import KeyPattern
from voices.watermark.detector import detect
from voices.watermark.embedder import Marker, Strength
from voices.watermark.evidence import Pieces
from voices.watermark.features import power_spectra, ripple
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import epoch_key
from voices.watermark.payload import Payload32

CLIP_S: Final = 10
LENGTHS_S: Final = (10, 6, 3, 1)
LEVELS: Final = (1e-4, 1e-6)
NUM_LISTED: Final = 10_000
SUFFIXES: Final = (".flac", ".wav", ".mp3", ".m4a", ".ogg")
KEY: Final = epoch_key(bytes(range(32)), 7)
LISTED: Final = {7: [Payload32(1, 2, number) for number in range(NUM_LISTED)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """One attack at one length, as shares of all clips; of `wrong` payloads there must be none."""

    attack: str
    length_s: float
    found_1e4: float
    found_1e6: float
    named_blindly: float
    named_by_list: float
    wrong: int
    median_log10_p: float
    clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What marking does to speech at one strength."""

    strength: str
    decibels: float
    pesq_mean: float | None
    pesq_worst: float | None
    snr_db: float
    rtf: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """How often unmarked speech has a p-value below a level: the level itself is allowed."""

    trials: int
    below_1e1: float
    below_1e2: float
    below_1e3: float
    smallest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    clips: int
    quality: list[Quality]
    false_alarms: FalseAlarms
    survival: list[Survival]


def clips_of(folder: Path, count: int) -> list[Samples]:
    """Recordings of at least 10 s, one speaker after another, cut to that length."""
    speakers = sorted(path for path in folder.iterdir() if path.is_dir())
    shelves = [
        [path for path in sorted(each.rglob("*")) if path.suffix in SUFFIXES] for each in speakers
    ]
    found: list[Samples] = []
    for row in zip_longest(*shelves):
        for path in row:
            if path is not None and len(found) < count:
                samples = decode_file(path).samples
                if samples.size >= CLIP_S * RATE:
                    found.append(samples[: CLIP_S * RATE])
    return found


def mark_of(index: int) -> UtteranceMark:
    """The mark of clip `index`: among the listed payloads, anywhere in the period."""
    random = np.random.default_rng(1_000 + index)
    return UtteranceMark(
        Payload32(1, 2, int(random.integers(NUM_LISTED))), 7, int(random.integers(4_608))
    )


def marked(plain: Samples, mark: UtteranceMark, strength: Strength) -> Samples:
    """All of `plain` with the mark."""
    marker = Marker(KEY, mark.payload, RATE, mark.start_phase, strength)
    return np.concatenate([marker.process(plain), marker.finish()])


def quality(clips: Sequence[Samples], strength: Strength, pesq: Any) -> Quality:
    """Mark all clips and compare."""
    started = time.process_time()
    pairs = [(plain, marked(plain, mark_of(index), strength)) for index, plain in enumerate(clips)]
    rtf = (time.process_time() - started) / (CLIP_S * len(clips))
    ratios = [np.mean(plain**2) / np.mean((after - plain) ** 2) for plain, after in pairs]
    scores = [] if pesq is None else [float(pesq.pesq(RATE, *pair, "wb")) for pair in pairs]
    return Quality(
        strength=strength.name.lower(),
        decibels=strength.value,
        pesq_mean=float(np.mean(scores)) if scores else None,
        pesq_worst=min(scores) if scores else None,
        snr_db=float(10 * np.log10(np.mean(ratios))),
        rtf=rtf,
    )


def false_alarms(clips: Sequence[Samples], trials: int) -> FalseAlarms:
    """Unmarked cuts of all lengths against random keys, each trial with a key of its own."""
    random = np.random.default_rng(11)
    ps: list[float] = []
    while len(ps) < trials:
        plain = clips[int(random.integers(len(clips)))]
        cut = _cut(plain, float(random.choice(LENGTHS_S)), random)
        pieces = Pieces(ripple(power_spectra(cut, 1.0), 1.0))
        for _ in range(8):
            pattern = KeyPattern.of(epoch_key(random.bytes(32), 1))
            ps.append(float(np.exp(pieces.straight(pattern).log_p)) / 2)
    found = np.array(ps)
    below = [float(np.mean(found < level)) for level in (0.1, 0.01, 0.001)]
    return FalseAlarms(
        trials=len(ps),
        below_1e1=below[0],
        below_1e2=below[1],
        below_1e3=below[2],
        smallest=float(found.min()),
    )


def survival(attack_name: str, clips: Sequence[Samples], strength: Strength) -> list[Survival]:
    """One attack on all clips, at all lengths."""
    attack = next(each for each in ATTACKS if each.name == attack_name)
    rows: dict[float, list[_Heard]] = {length_s: [] for length_s in LENGTHS_S}
    for index, plain in enumerate(clips):
        mark = mark_of(index)
        random = np.random.default_rng(zlib.crc32(attack.name.encode()) + index)
        changed = attack.change(marked(plain, mark, strength), random)
        for length_s in LENGTHS_S:
            rows[length_s].append(_hear(_cut(changed, length_s, random), mark, attack))
    return [_summed(attack.name, length_s, heard) for length_s, heard in rows.items()]


@dataclass(frozen=True, slots=True)
class _Heard:
    p_value: float
    blindly: bool
    by_list: bool
    wrong: bool


def _hear(samples: Samples, mark: UtteranceMark, attack: Attack) -> _Heard:
    """Detected without the list; named without it, and where that fails with it."""
    searching = partial(detect, samples, RATE, [KEY], other_speeds=attack.stretched)
    blind = searching()
    listed = blind if blind.payload == mark.payload else searching(candidates=LISTED)
    named = blind.payload, listed.payload
    wrong = any(payload not in {None, mark.payload} for payload in named)
    return _Heard(blind.p_value, named[0] == mark.payload, named[1] == mark.payload, wrong)


def _summed(attack: str, length_s: float, heard: Sequence[_Heard]) -> Survival:
    ps = np.array([each.p_value for each in heard])
    return Survival(
        attack=attack,
        length_s=length_s,
        found_1e4=float(np.mean(ps <= LEVELS[0])),
        found_1e6=float(np.mean(ps <= LEVELS[1])),
        named_blindly=float(np.mean([each.blindly for each in heard])),
        named_by_list=float(np.mean([each.by_list for each in heard])),
        wrong=sum(each.wrong for each in heard),
        median_log10_p=float(np.log10(median(ps))),
        clips=len(heard),
    )


def _cut(samples: Samples, length_s: float, random: np.random.Generator) -> Samples:
    """Anywhere in it."""
    size = round(length_s * RATE)
    start = int(random.integers(max(1, samples.size - size)))
    return samples[start : start + size] if length_s < CLIP_S else samples


def _pesq() -> Any:
    try:
        return importlib.import_module("pesq")
    except ImportError:
        return None


def _print(report: Report, console: Console) -> None:
    console.print(f"{report.clips} clips of {CLIP_S} s")
    table = Table("strength", "dB", "PESQ-wb", "worst", "SNR dB", "RTF", box=None)
    for each in report.quality:
        pesq = [
            "–" if score is None else f"{score:.2f}" for score in (each.pesq_mean, each.pesq_worst)
        ]
        figures = f"{each.snr_db:.1f}", f"{each.rtf:.4f}"
        table.add_row(each.strength, f"{each.decibels:.1f}", *pesq, *figures)
    console.print(table)
    alarms = report.false_alarms
    console.print(
        f"{alarms.trials} unmarked trials: p < 0.1 in {alarms.below_1e1:.2%}, < 0.01 in "
        f"{alarms.below_1e2:.2%}, < 0.001 in {alarms.below_1e3:.2%}, least {alarms.smallest:.1e}"
    )
    console.print(_survival_table(report.survival))
    console.print("% found at 1e-4 / at 1e-6, named blindly / by a list of 10 000")
    console.print(f"wrong payloads: {sum(each.wrong for each in report.survival)}")


def _survival_table(survival_rows: Sequence[Survival]) -> Table:
    table = Table("attack", *(f"{length_s} s" for length_s in LENGTHS_S), box=None)
    cells: dict[str, list[str]] = {}
    for each in survival_rows:
        shares = each.found_1e4, each.found_1e6, each.named_blindly, each.named_by_list
        found, certain, blindly, listed = (f"{100 * share:3.0f}" for share in shares)
        cells.setdefault(each.attack, []).append(f"{found}/{certain}, {blindly}/{listed}")
    for name, row in cells.items():
        table.add_row(name, *row)
    return table


def _survivals(
    arguments: argparse.Namespace, clips: Sequence[Samples], console: Console
) -> Iterator[Survival]:
    names = [each.name for each in ATTACKS if not arguments.quick or each.name in QUICK]
    work = partial(survival, clips=clips, strength=Strength[arguments.strength.upper()])
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for name, rows in zip(names, pool.map(work, names), strict=True):
            if not arguments.json:
                console.print(f"{name}: {rows[0].found_1e6:.0%} of 10 s at 1e-6", style="dim")
            yield from rows


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument(
        "--strength", choices=[each.name.lower() for each in Strength], default="normal"
    )
    parser.add_argument("--trials", type=int, default=2_000, help="against false alarms")
    parser.add_argument("--quick", action="store_true", help="few clips and the telling attacks")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--chart", type=Path, metavar="PNG")
    arguments = parser.parse_args()
    console = Console()
    pesq = _pesq()
    if pesq is None:
        console.print("no PESQ: pip install pesq", style="yellow")
    clips = clips_of(
        arguments.folder, min(arguments.clips, 4) if arguments.quick else arguments.clips
    )
    report = Report(
        clips=len(clips),
        quality=[quality(clips, strength, pesq) for strength in Strength],
        false_alarms=false_alarms(clips, arguments.trials),
        survival=list(_survivals(arguments, clips, console)),
    )
    if arguments.json:
        console.print_json(json.dumps(asdict(report)))
    else:
        _print(report, console)
    if arguments.chart:
        draw([asdict(each) for each in report.survival], arguments.chart)


if __name__ == "__main__":
    main()

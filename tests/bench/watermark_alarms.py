"""`python -m tests.bench.watermark_alarms --folder FOLDER`: how often unmarked sound looks marked.

Cuts of speech, music, noise and speech with the mark of another household, from 0.5 to 6 s, go
through the whole detector with the search for other speeds, each with a key of its own. The
p-value is a bound, so small ones may only be more seldom than they say; so may small ranks among
decoy keys, which are exact but for ties.
"""

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import track

from tests.bench.console import wide_console
from tests.bench.finding import Finding, findings_table
from tests.bench.watermark_attacks import RATE, Samples, marked_over, music, noise
from tests.bench.watermark_material import recorded, synthesised
from voices.watermark.decoys import nobodys_master, rank_p
from voices.watermark.detector import detect
from voices.watermark.keys import EpochKey, epoch_key

_LENGTHS_S: Final = (0.5, 1.0, 2.0, 3.0, 6.0)
_SHARES: Final = (0.2, 0.2, 0.25, 0.25, 0.1)
_KINDS: Final = ("speech", "stock voice", "music", "noise", "another household")
_LEVELS: Final = (1e-1, 1e-2, 1e-4, 1e-6)
_CALIBRATED: Final = (0.5, 0.1, 0.05)
_NUM_DECOYS: Final = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of all trials had at most this p-value."""

    stated: float
    observed: float
    alarms: int
    allowed: float
    """What chance allows in this many trials, three standard deviations above the stated."""

    @property
    def honest(self) -> bool:
        """Whether it is as seldom as it says."""
        return self.alarms <= self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    clips: int
    seconds_of_audio: float
    duration_s: float
    smallest_p: float
    bound: list[Rate]
    decoy_clips: int
    decoys: list[Rate]


def _rate(ps: Sequence[float], level: float) -> Rate:
    alarms = sum(p <= level for p in ps)
    allowed = len(ps) * level + 3 * (len(ps) * level) ** 0.5
    return Rate(stated=level, observed=alarms / len(ps), alarms=alarms, allowed=allowed)


def _sound(number: int, recordings: Sequence[Samples], spoken: Sequence[Samples]) -> Samples:
    """The unmarked sound of trial `number`."""
    random = np.random.default_rng([7, number])
    size = round(RATE * float(random.choice(_LENGTHS_S, p=_SHARES)))
    kind = _KINDS[number % len(_KINDS)]
    source = spoken if kind == "stock voice" else recordings
    whole = source[int(random.integers(len(source)))]
    start = int(random.integers(whole.size - size))
    piece = whole[start : start + size]
    if kind == "music":
        return music(piece, random, snr_db=-60)
    if kind == "noise":
        return noise(piece, random, snr_db=-60, slope=float(random.uniform(0, 2)))
    return marked_over(piece, random) if kind == "another household" else piece


def _trial(
    number: int, recordings: Sequence[Samples], spoken: Sequence[Samples], decoys: int
) -> tuple[float, float, float | None]:
    """Seconds, the bound and, where asked for, the p-value by rank."""
    key = epoch_key(np.random.default_rng([8, number]).bytes(32), 1)
    samples = _sound(number, recordings, spoken)
    ranked = _ranked(samples, key) if number < decoys else None
    return samples.size / RATE, detect(samples, RATE, [key]).p_value, ranked


def _ranked(samples: Samples, key: EpochKey) -> float:
    """Without other speeds, as it takes as many searches as there are decoys."""
    keys = [key, *(epoch_key(nobodys_master(), 1) for _ in range(_NUM_DECOYS))]
    own, *others = [detect(samples, RATE, [key], other_speeds=False).p_value for key in keys]
    return rank_p(own, others)


def _print(report: Report, console: Console) -> None:
    console.print(
        f"{report.clips} unmarked clips, {report.seconds_of_audio / 3600:.1f} h, in "
        f"{report.duration_s / 60:.0f} min; the smallest p-value was {report.smallest_p:.1e}"
    )
    findings = [_finding("bound", rate) for rate in report.bound]
    findings += [
        _finding(f"rank among {_NUM_DECOYS} decoys, {report.decoy_clips} clips", rate)
        for rate in report.decoys
    ]
    console.print(findings_table(findings))


def _finding(what: str, rate: Rate) -> Finding:
    detail = f"{rate.alarms} clips, {rate.observed:.3%}; chance allows {rate.allowed:.1f}"
    return Finding(check=f"p ≤ {rate.stated:g} ({what})", passed=rate.honest, detail=detail)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--decoy-clips", type=int, default=200, help="ranked among decoy keys too")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    work = partial(
        _trial,
        recordings=recorded(arguments.folder, 200),
        spoken=synthesised(30),
        decoys=arguments.decoy_clips,
    )
    started = time.monotonic()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        done = pool.map(work, range(arguments.clips), chunksize=20)
        results = list(track(done, "clips", total=arguments.clips, console=Console(stderr=True)))
    bounds = [bound for _seconds, bound, _ranked in results]
    ranks = [ranked for _seconds, _bound, ranked in results if ranked is not None]
    report = Report(
        clips=len(results),
        seconds_of_audio=sum(seconds for seconds, _bound, _ranked in results),
        duration_s=time.monotonic() - started,
        smallest_p=min(bounds),
        bound=[_rate(bounds, level) for level in _LEVELS],
        decoy_clips=len(ranks),
        decoys=[_rate(ranks, level) for level in _CALIBRATED] if ranks else [],
    )
    _print(report, wide_console())
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(report), indent=1) + "\n")
    raise SystemExit(not all(rate.honest for rate in report.bound + report.decoys))


if __name__ == "__main__":
    main()

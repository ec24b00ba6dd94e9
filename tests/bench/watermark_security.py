"""`python -m tests.bench.watermark_security --folder FOLDER`: what can be done without the key.

Attackers know the algorithm, its grid and its period, have clips of the same household and epoch
as they were played, and training material of their own. Each finding says whether they fail.
Rows called "prototype" issue marks in another way than the product does, to see what would help.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import Progress

from tests.bench.console import wide_console
from tests.bench.finding import findings_table
from tests.bench.watermark_attacks import Samples
from tests.bench.watermark_collusion import Washed, originals, renditions_washed, revealed, washed
from tests.bench.watermark_eavesdropper import clips_of, speech_of
from tests.bench.watermark_mixing import WAYS
from tests.bench.watermark_overlaps import (
    Assembled,
    Listener,
    known_original,
    repeated,
    search_of_periods,
)
from tests.bench.watermark_presence import told_apart
from tests.bench.watermark_security_findings import Report, findings
from tests.bench.watermark_strangers import strangers

_NUM_KEYS: Final = 200
_SEARCHED: Final = 4
_TRAINED: Final = ((3.0, 250), (10.0, 72))
_ASSEMBLED: Final = ((10.0, (10, 50, 200)), (3.0, (50, 200, 400)))
_REPEATED_S: Final = (80.0, 90.0, 120.0)


def _measure(speech: dict[str, Samples], advance: Callable[[], None]) -> Report:
    found = strangers(clips_of(speech, 10, 60)[:: 60 // _SEARCHED], _NUM_KEYS)
    advance()
    presence = [told_apart(clips_of(speech, length, count), length) for length, count in _TRAINED]
    advance()
    assembled = list(_assembled(speech))
    advance()
    unrepeated = Listener(clips_of(speech, 10, 200), 10, "no stretch twice")
    assembled += [unrepeated.assembled(count) for count in (50, 200)]
    p_value, periods = search_of_periods(unrepeated)
    advance()
    plains = originals()
    everything = np.concatenate(list(speech.values()))
    return Report(
        strangers=found,
        presence=presence,
        assembled=assembled,
        repeats=[repeated(everything, length) for length in _REPEATED_S],
        original=known_original(clips_of(speech, 10, 200)),
        washed=list(_washed(plains)),
        revealed=[
            revealed(plains[0], issue) for issue in ("issued afresh", "same start", "same mark")
        ],
        periods_searched=periods,
        p_value_among_periods=p_value,
    )


def _assembled(speech: dict[str, Samples]) -> Iterator[Assembled]:
    for length, counts in _ASSEMBLED:
        listener = Listener(clips_of(speech, length, max(counts)), length, "one period")
        yield from (listener.assembled(count) for count in counts)


def _washed(plains: list[Samples]) -> Iterator[Washed]:
    for way in WAYS:
        yield from washed(plains, "issued afresh", way)
    for prototype in ("same start", "same mark"):
        yield from washed(plains, prototype, "mean waveform")
    yield from renditions_washed()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="a folder for each speaker")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    with Progress(console=Console(stderr=True)) as progress:
        steps = progress.add_task("attacks", total=5)
        report = _measure(speech_of(arguments.folder), lambda: progress.advance(steps))
        progress.advance(steps)
    found = list(findings(report))
    wide_console().print(findings_table(found))
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(report), indent=1) + "\n")
    raise SystemExit(not all(finding.passed for finding in found))


if __name__ == "__main__":
    main()

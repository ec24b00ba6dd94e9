"""`python -m tests.bench.watermark_security --folder FOLDER`: what can be done without the key.

Attackers know the algorithm, its grid and its periods, have clips of the same household and epoch
as they were played, and training material of their own. Each finding says whether they fail;
what the mark is not made to withstand has figures alone.
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
from tests.bench.watermark_collusion import ISSUES, originals, renditions_washed, revealed, washed
from tests.bench.watermark_eavesdropper import Clip, clips_of, speech_of
from tests.bench.watermark_forgery import transplanted
from tests.bench.watermark_overlaps import VOICES, Assembled, Listener, known_original, repeated
from tests.bench.watermark_presence import told_apart
from tests.bench.watermark_security_findings import Report, findings
from tests.bench.watermark_security_limits import limits, limits_table
from tests.bench.watermark_strangers import strangers

_NUM_KEYS: Final = 200
_SEARCHED: Final = 4
_TRAINED: Final = ((3.0, 250), (10.0, 72))
_ASSEMBLED: Final = (10, 50, 200)
_REPEATED_S: Final = (80.0, 120.0)
_TRANSPLANTED: Final = 20
_KNOWN: Final = ("the marked clip", "its original too")
_STEPS: Final = 4


def _measure(speech: dict[str, Samples], advance: Callable[[], None]) -> Report:
    clips = clips_of(speech, 10, _ASSEMBLED[-1])
    found = strangers(clips_of(speech, 10, 60)[:: 60 // _SEARCHED], _NUM_KEYS)
    advance()
    presence = [told_apart(clips_of(speech, length, count), length) for length, count in _TRAINED]
    advance()
    assembled = [each for voice in VOICES for each in _assembled(clips, voice)]
    everything = np.concatenate(list(speech.values()))
    repeats = [
        repeated(everything, length_s, voice) for voice in VOICES for length_s in _REPEATED_S
    ]
    advance()
    plains = originals()
    report = Report(
        strangers=found,
        presence=presence,
        assembled=assembled,
        repeats=repeats,
        originals=[known_original(clips, voice) for voice in VOICES],
        transplanted=[transplanted(clips[:_TRANSPLANTED], known) for known in _KNOWN],
        washed=[row for of in ISSUES for row in washed(plains, of)] + renditions_washed(),
        revealed=[revealed(plains[0], of) for of in ISSUES],
    )
    advance()
    return report


def _assembled(clips: list[Clip], voice: str) -> Iterator[Assembled]:
    listener = Listener(clips, voice)
    yield from (listener.assembled(count) for count in _ASSEMBLED)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="a folder for each speaker")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    with Progress(console=Console(stderr=True)) as progress:
        steps = progress.add_task("attacks", total=_STEPS)
        report = _measure(speech_of(arguments.folder), lambda: progress.advance(steps))
    found = list(findings(report))
    console = wide_console()
    console.print(findings_table(found), limits_table(limits(report)))
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(report), indent=1) + "\n")
    raise SystemExit(not all(finding.passed for finding in found))


if __name__ == "__main__":
    main()

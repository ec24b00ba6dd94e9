"""`python -m tests.bench.speakers --folder FOLDER`: how well speakers are told apart, how fast.

The folder has one folder for each speaker, with recordings in it. Pairs compare single
recordings; enrolments compare a voice print of three with every other recording.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from tests.fakes.speaker_model import speaker_model_path
from voices.enrolment.decode import decode_file
from voices.speaker.encoder import Embedding, SpeakerEncoder
from voices.speaker.mel import SAMPLE_RATE
from voices.speaker.similarity import LEAST_ENROLMENT, SAME_CHANNEL, cosine, voice_print
from voices.speaker.speech import speech_of

LENGTHS_S: Final = (None, 5.0, 3.0, 1.6)
SUFFIXES: Final = (".flac", ".wav", ".mp3", ".m4a", ".ogg")
Samples = NDArray[np.float32]
Scores = NDArray[np.float64]
BySpeaker = Mapping[str, Sequence[Embedding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Scores of the same and of different speakers, in figures."""

    test: str
    length_s: float | None
    num_same: int
    num_different: int
    eer: float
    threshold: float
    threshold_far_1: float
    threshold_far_01: float
    same_mean: float
    different_mean: float
    refused_same: float
    """Share of the same speakers below our limit for the same microphone."""
    accepted_different: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    speakers: int
    recordings: int
    rtf: float
    accuracy: list[Accuracy]


def measure(folder: Path) -> Report:
    """Embed everything in `folder` at all lengths and compare it."""
    encoder = SpeakerEncoder(speaker_model_path())
    recordings = dict(_recordings(folder))
    accuracy: list[Accuracy] = []
    rtf = 0.0
    for length_s in LENGTHS_S:
        cuts = {
            name: [_cut(samples, rate, length_s) for samples, rate in each]
            for name, each in recordings.items()
        }
        started = time.process_time()
        embedded = {name: [encoder.embed(*cut) for cut in each] for name, each in cuts.items()}
        rtf = rtf or (time.process_time() - started) / _duration_s(cuts)
        accuracy += [_pairs(embedded, length_s), _enrolments(embedded, length_s)]
    count = sum(map(len, recordings.values()))
    return Report(speakers=len(recordings), recordings=count, rtf=rtf, accuracy=accuracy)


def equal_error(same: Scores, different: Scores) -> tuple[float, float]:
    """The rate at which as many are refused as accepted wrongly, and the limit for that."""
    limits = np.unique(np.concatenate([same, different]))
    refused = np.searchsorted(np.sort(same), limits) / same.size
    accepted = 1 - np.searchsorted(np.sort(different), limits) / different.size
    best = int(np.argmin(np.abs(refused - accepted)))
    return float(refused[best] + accepted[best]) / 2, float(limits[best])


def _duration_s(recordings: Mapping[str, list[tuple[Samples, int]]]) -> float:
    return sum(samples.size / rate for each in recordings.values() for samples, rate in each)


def _recordings(folder: Path) -> Iterator[tuple[str, list[tuple[Samples, int]]]]:
    for speaker in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in speaker.rglob("*") if path.suffix in SUFFIXES)
        decoded = [decode_file(file) for file in files]
        yield speaker.name, [(each.samples, each.sample_rate) for each in decoded]


def _cut(samples: Samples, rate: int, length_s: float | None) -> tuple[Samples, int]:
    """All of a recording, or the middle of the speech in it."""
    if length_s is None:
        return samples, rate
    speech = speech_of(samples, rate).samples
    size = round(length_s * SAMPLE_RATE)
    start = max(0, speech.size - size) // 2
    return speech[start : start + size], SAMPLE_RATE


def _pairs(embedded: BySpeaker, length_s: float | None) -> Accuracy:
    flat = [(name, each) for name, several in embedded.items() for each in several]
    scores = [
        (one[0] == other[0], cosine(one[1], other[1])) for one, other in combinations(flat, 2)
    ]
    return _accuracy("pairs", length_s, scores)


def _enrolments(embedded: BySpeaker, length_s: float | None) -> Accuracy:
    """Every run of three recordings of a speaker against all others."""
    scores: list[tuple[bool, float]] = []
    for name, own in embedded.items():
        for first in range(0, len(own) - LEAST_ENROLMENT, LEAST_ENROLMENT):
            enrolled = range(first, first + LEAST_ENROLMENT)
            known = voice_print([own[index] for index in enrolled])
            scores += [
                (other == name, cosine(known, each))
                for other, several in embedded.items()
                for index, each in enumerate(several)
                if other != name or index not in enrolled
            ]
    return _accuracy("enrolment of 3", length_s, scores)


def _accuracy(test: str, length_s: float | None, scores: list[tuple[bool, float]]) -> Accuracy:
    same = np.array([score for is_same, score in scores if is_same])
    different = np.array([score for is_same, score in scores if not is_same])
    eer, threshold = equal_error(same, different)
    return Accuracy(
        test=test,
        length_s=length_s,
        num_same=same.size,
        num_different=different.size,
        eer=eer,
        threshold=threshold,
        threshold_far_1=float(np.quantile(different, 0.99)),
        threshold_far_01=float(np.quantile(different, 0.999)),
        same_mean=float(same.mean()),
        different_mean=float(different.mean()),
        refused_same=float(np.mean(same < SAME_CHANNEL.accept)),
        accepted_different=float(np.mean(different >= SAME_CHANNEL.accept)),
    )


def _print(report: Report) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("test", "length", "EER", "at", "FAR 1 %", "FAR 0.1 %", "same", "different"):
        table.add_column(column)
    table.add_column(f"refused at {SAME_CHANNEL.accept}")
    table.add_column("accepted")
    for row in report.accuracy:
        rates = (row.threshold, row.threshold_far_1, row.threshold_far_01)
        table.add_row(
            row.test,
            "full" if row.length_s is None else f"{row.length_s} s",
            f"{row.eer:.2%}",
            *(f"{each:.3f}" for each in (*rates, row.same_mean, row.different_mean)),
            f"{row.refused_same:.2%}",
            f"{row.accepted_different:.2%}",
        )
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{report.recordings} recordings of {report.speakers} speakers; "
        f"RTF {report.rtf:.4f} (process time, one thread)"
    )


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    report = measure(arguments.folder)
    if arguments.json:
        print(json.dumps(asdict(report), indent=2))
    else:
        _print(report)


if __name__ == "__main__":
    main()

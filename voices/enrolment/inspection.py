"""From recordings to the judgement about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.activity import find_speech
from voices.enrolment.progress import Progress, part, silent
from voices.enrolment.quality import Measures, measure, pooled
from voices.enrolment.report import QualityReport, RecordingReport
from voices.enrolment.sounds import Sound
from voices.enrolment.speakers import SpeakerSplit, speakers_in
from voices.enrolment.verdicts import TextFit, Verdict, of_length, of_recording, of_speakers
from voices.errors import EnrolmentRefusedError
from voices.recording import Recording

Samples = NDArray[np.float32]
Pieces = NDArray[np.float32]

Partials: TypeAlias = Callable[[Samples, int], tuple[NDArray[np.float64], Pieces]]
"""When pieces of a recording begin and their speaker embeddings, as SpeakerEncoder gives them."""


@dataclass(frozen=True, slots=True)
class Take:
    """A recording and what reports call it: its file's name or the number of its prompt."""

    name: str
    recording: Recording


FitOf: TypeAlias = Callable[[Take], TextFit | None]
"""Compares a take with its text; None when that cannot be told."""

_MEASURED: Final = 0.6
"""Share of the work that measuring is; the rest is listening for voices and words."""


def inspect(
    takes: Sequence[Take],
    *,
    partials: Partials | None = None,
    text_fit: FitOf | None = None,
    accept_noisy: bool = False,
    progress: Progress = silent,
) -> QualityReport:
    """Judge recordings one by one and together."""
    reports: list[RecordingReport] = []
    pieces: list[Pieces] = []
    for number, take in enumerate(takes):
        of_take = part(progress, number / len(takes), (number + 1) / len(takes))
        measures = _measured(take, part(of_take, 0.0, _MEASURED))
        heard = _pieces_of(take, measures, partials)
        fit = text_fit(take) if text_fit and measures.sound is Sound.SPEECH else None
        verdicts = of_recording(measures, speakers_in(heard), fit, accept_noisy=accept_noisy)
        reports.append(RecordingReport(take.name, measures, verdicts))
        pieces.append(heard)
        of_take(1.0)
    return _together(reports, pieces)


def _together(reports: list[RecordingReport], pieces: list[Pieces]) -> QualityReport:
    spoken = [one.measures for one in reports if one.measures.sound is Sound.SPEECH]
    speech_s = sum(measures.speech_s for measures in spoken)
    overall: list[Verdict] = list(of_length(speech_s)) if spoken or not reports else []
    if len(reports) > 1:
        overall += of_speakers(_split_of(pieces))
    snr_db = pooled(spoken).snr_db
    return QualityReport(tuple(reports), tuple(overall), speech_s, snr_db)


def _split_of(pieces: list[Pieces]) -> SpeakerSplit:
    return speakers_in(np.concatenate(pieces))


def _measured(take: Take, progress: Progress) -> Measures:
    recording = take.recording
    activity = find_speech(recording.samples, recording.sample_rate)
    text = recording.transcript or None
    return measure(
        recording.samples, recording.sample_rate, activity, transcript=text, progress=progress
    )


def _pieces_of(take: Take, measures: Measures, partials: Partials | None) -> Pieces:
    none = np.zeros((0, 256), np.float32)
    if partials is None or measures.sound is not Sound.SPEECH:
        return none
    try:
        _times_s, found = partials(take.recording.samples, take.recording.sample_rate)
    except EnrolmentRefusedError:
        return none
    return found

"""What becomes of recordings: a judgement first, then an embedding and voice data."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.engine import FamilyEngine
from hub_agent.engines.espeak import ESpeak
from hub_agent.enrolment.progress import Report, part
from hub_agent.enrolment.text_check import text_fits
from hub_agent.timbre.phrases import split_phrases
from voices.consent.proof import SampleProof, SampleSource
from voices.enrolment.activity import find_speech
from voices.enrolment.cleaning import cleaned
from voices.enrolment.inspection import Take, inspect
from voices.enrolment.report import QualityReport
from voices.enrolment.verdicts import GOOD_SNR_DB
from voices.keeper import Material
from voices.payload import Payload
from voices.recording import Recording
from voices.speaker.encoder import SpeakerEncoder
from voices.speaker.similarity import voice_print

INSPECTION_SHARE = 0.4
"""Of the whole work, as measured on a minute of speech."""
PCM_FULL_SCALE = 32767.0
LONGEST_WHOLE_S = 90.0
"""The work of aligning a recording grows with the square of its length."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools: the network that recognises speakers and the engine that will speak."""

    encoder: SpeakerEncoder
    engine: FamilyEngine
    espeak: ESpeak = field(default_factory=ESpeak)

    def inspect(
        self, takes: Sequence[Take], *, accept_noisy: bool, report: Report
    ) -> QualityReport:
        """Judge recordings; says everything that is wrong with them, raises nothing."""
        return inspect(
            takes,
            partials=self.encoder.partials,
            text_fit=text_fits(takes, self.espeak),
            accept_noisy=accept_noisy,
            progress=part(report, "listening", 0.0, INSPECTION_SHARE),
        )

    def embedding(self, takes: Sequence[Take]) -> NDArray[np.float32]:
        """The voice print of all recordings together."""
        return voice_print(
            [self.encoder.embed(t.recording.samples, t.recording.sample_rate) for t in takes]
        )

    def material(
        self,
        takes: Sequence[Take],
        quality: QualityReport,
        embedding: NDArray[np.float32],
        *,
        keep: bool,
        report: Report,
    ) -> Material:
        """Make the voice of accepted recordings; `keep` them for better engines to come.

        `embedding` is theirs; `quality` may be of some only: the others are taken as they are.
        """
        report("aligning", INSPECTION_SHARE + 0.1)
        pieces = [piece for take in takes for piece in self._pieces(take, quality)]
        fitting = part(report, "fitting the voice", INSPECTION_SHARE + 0.2, 1.0)
        data = self.engine.prepare(pieces, fitting)
        return Material(
            embedding=embedding,
            speech_s=quality.speech_s,
            data={self.engine.name: data},
            recordings=packed([take.recording for take in takes]) if keep else None,
        )

    def _pieces(self, take: Take, quality: QualityReport) -> list[Recording]:
        """What a voice is fitted to: the recording itself, as long as it is quiet and short.

        Cleaning takes some of the likeness with the noise (0.06 of the cosine), and so does
        cutting a recording that can be aligned as a whole (0.04).
        """
        measured = {each.name: each.measures.snr_db for each in quality.recordings}
        noisy = measured.get(take.name, GOOD_SNR_DB) < GOOD_SNR_DB
        recording = _cleaned(take.recording) if noisy else take.recording
        if recording.duration_s <= LONGEST_WHOLE_S:
            return [recording]
        return split_phrases(recording, self.espeak)


def packed(recordings: Sequence[Recording]) -> Payload:
    """Recordings as they are sealed: 16-bit samples with their transcripts."""
    meta = [
        {"sample_rate": r.sample_rate, "transcript": r.transcript, "language": r.language}
        for r in recordings
    ]
    arrays = {
        f"samples.{index}": np.round(np.clip(r.samples, -1, 1) * PCM_FULL_SCALE).astype(np.int16)
        for index, r in enumerate(recordings)
    }
    return Payload({"recordings": meta}, arrays)


def unpacked(payload: Payload) -> list[Recording]:
    """What `packed` made, again as recordings."""
    return [
        Recording(
            samples=payload.arrays[f"samples.{index}"].astype(np.float32) / PCM_FULL_SCALE,
            sample_rate=entry["sample_rate"],
            transcript=entry["transcript"],
            language=entry["language"],
        )
        for index, entry in enumerate(payload.meta["recordings"])
    ]


def sample_proofs(takes: Sequence[Take], source: SampleSource) -> tuple[SampleProof, ...]:
    """What the consent record says of the recordings a voice is made of."""
    now = datetime.now(UTC)
    return tuple(
        SampleProof(
            sha256=hashlib.sha256(take.recording.samples.tobytes()).hexdigest(),
            duration_ms=max(1, round(take.recording.duration_s * 1000)),
            recorded_at=now,
            source=source,
        )
        for take in takes
    )


def _cleaned(recording: Recording) -> Recording:
    samples, rate = recording.samples, recording.sample_rate
    return Recording(
        samples=cleaned(samples, rate, find_speech(samples, rate)),
        sample_rate=rate,
        transcript=recording.transcript,
        language=recording.language,
    )

"""Whether a consent statement was read aloud by the person whose voice it is."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.enrolment.consenting import DEVICE, Spoken
from voices.consent.challenge import Challenge
from voices.consent.matching import Heard, spoken_matches
from voices.consent.people import Level
from voices.consent.proof import ChallengeProof, StatementProof, Verification, Verifier
from voices.consent.statements import Statement
from voices.enrolment.activity import find_speech
from voices.enrolment.decode import Audio
from voices.enrolment.quality import measure
from voices.errors import ConsentRefusedError
from voices.speaker.encoder import SpeakerEncoder
from voices.speaker.similarity import ACCEPT_SAME_CHANNEL, cosine

LEAST_SPEECH_S: Final = 8.0
LEAST_SNR_DB: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A statement, the challenge in it, its recording, and what a recogniser heard."""

    statement: Statement = field(repr=False)
    challenge: Challenge = field(repr=False)
    audio: Audio = field(repr=False)
    heard_text: str = field(repr=False)


def verify_reading(
    reading: Reading,
    *,
    encoder: SpeakerEncoder,
    embedding: NDArray[np.float32],
    model_sha256: str | None = None,
) -> Spoken:
    """What the consent record keeps of a reading by the person of `embedding`.

    Raises `ConsentRefusedError` with what was wrong: too little speech, noise, other words, a code
    that is not the one of the challenge, another person.
    """
    answered_at = datetime.now(UTC)
    reading.challenge.require_valid(answered_at)
    audio = reading.audio
    snr_db = _fit_to_judge(audio)
    heard = spoken_matches(reading.statement, reading.challenge, reading.heard_text)
    if not heard.matches:
        raise _other_words(heard)
    score = cosine(encoder.embed(audio.samples, audio.sample_rate), embedding)
    if score < ACCEPT_SAME_CHANNEL:
        raise ConsentRefusedError(
            f"the statement was not read by the person of the recordings (likeness {score:.2f}, "
            f"{ACCEPT_SAME_CHANNEL:.2f} needed)",
            hint="let the person read it whose voice it is, with the same microphone",
            reason="statement_other_speaker",
        )
    return Spoken(
        statement=_statement_proof(reading, answered_at),
        challenge=_challenge_proof(reading, heard, answered_at),
        verification=Verification(
            level=Level.VERIFIED,
            verifier=Verifier.AUTO,
            model_sha256=model_sha256,
            score_statement_permille=round(score * 1000),
            threshold_permille=round(ACCEPT_SAME_CHANNEL * 1000),
            snr_db=round(snr_db),
        ),
    )


def _fit_to_judge(audio: Audio) -> float:
    """The SNR in dB. Raises `ConsentRefusedError` for too little speech or too much noise."""
    activity = find_speech(audio.samples, audio.sample_rate)
    if activity.speech_s < LEAST_SPEECH_S:
        raise ConsentRefusedError(
            f"the statement has only {activity.speech_s:.0f} s of speech, "
            f"{LEAST_SPEECH_S:.0f} needed",
            hint="read the whole statement, with the code at its end",
            reason="statement_too_short",
        )
    snr_db = measure(audio.samples, audio.sample_rate, activity).snr_db
    if snr_db < LEAST_SNR_DB:
        raise ConsentRefusedError(
            f"the statement is too noisy: {snr_db:.0f} dB between voice and background, "
            f"{LEAST_SNR_DB:.0f} needed",
            hint="read it again in a quiet room",
            reason="statement_too_noisy",
        )
    return snr_db


def _other_words(heard: Heard) -> ConsentRefusedError:
    what = "the code at its end was not heard" if heard.wer <= 0.25 else "other words were heard"
    return ConsentRefusedError(
        f"the statement was not understood: {what} (word error rate {heard.wer:.2f})",
        hint="read it again, slowly, with the two words and the four digits",
        reason="statement_not_understood",
    )


def _statement_proof(reading: Reading, at: datetime) -> StatementProof:
    return StatementProof(
        locale=reading.statement.language,
        text=reading.statement.text,
        recorded_at=at,
        device_id=DEVICE,
        audio_sha256=hashlib.sha256(reading.audio.samples.tobytes()).hexdigest(),
        audio_ms=round(reading.audio.duration_s * 1000),
    )


def _challenge_proof(reading: Reading, heard: Heard, at: datetime) -> ChallengeProof:
    return ChallengeProof(
        phrase=reading.challenge.phrase,
        nonce=reading.challenge.nonce,
        issued_at=reading.challenge.issued_at,
        answered_at=at,
        heard_text=reading.heard_text,
        wer_permille=round(heard.wer * 1000),
        code_ok=int(heard.code_ok),
    )

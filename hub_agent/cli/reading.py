"""Having the consent statement read aloud, from the microphone or into a file."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.cli.shell import talk
from hub_agent.enrolment.consenting import Spoken, Terms, statement_facts
from hub_agent.enrolment.inputs import Transcribe
from hub_agent.enrolment.verifying import Reading, verify_reading
from voices.consent.challenge import Challenge, new_challenge
from voices.consent.scope import Scope
from voices.consent.statements import Statement, make_statement
from voices.enrolment.decode import Audio, decode_file
from voices.errors import EnrolmentRefusedError
from voices.speaker.encoder import SpeakerEncoder

LOOK_EVERY_S: Final = 0.5


def read_aloud(
    terms: Terms,
    scope: Scope,
    *,
    subject_name: str,
    language: str,
    encoder: SpeakerEncoder,
    embedding: NDArray[np.float32],
    transcribe: Transcribe,
    file: Path | None,
    microphone: str | None,
) -> Spoken:
    """Show the statement, take the recording, and check words, code and speaker.

    With `file`, the recording is expected there within the life of the challenge.
    """
    challenge = new_challenge(language, datetime.now(UTC))
    statement = make_statement(statement_facts(terms, subject_name, scope, language), challenge)
    if file is None:
        audio = _from_microphone(statement, microphone)
    else:
        audio = _from_file(statement, challenge, file)
    reading = Reading(
        statement=statement, challenge=challenge, audio=audio, heard_text=transcribe(audio)
    )
    return verify_reading(reading, encoder=encoder, embedding=embedding)


def _from_microphone(statement: Statement, microphone: str | None) -> Audio:
    from hub_agent.recording.guided import record_statement

    said = record_statement(statement.text.splitlines(), device=microphone or "default")
    return Audio(samples=said.samples, sample_rate=said.sample_rate)


def _from_file(statement: Statement, challenge: Challenge, file: Path) -> Audio:
    """The recording that somebody makes of the statement while we wait."""
    talk(f"Read this aloud and save the recording as {file}:\n\n{statement.text}\n")
    seen: tuple[int, int] | None = None
    while True:
        challenge.require_valid(datetime.now(UTC))
        now = _look(file, since=challenge.issued_at)
        if now is not None and now == seen:
            try:
                return decode_file(file)
            except EnrolmentRefusedError as error:
                if error.reason not in ("empty", "truncated", "unreadable"):
                    raise
        seen = now
        time.sleep(LOOK_EVERY_S)


def _look(file: Path, *, since: datetime) -> tuple[int, int] | None:
    """Size and time of a file that was written since; None while it is not there."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return (stat.st_size, stat.st_mtime_ns) if stat.st_mtime >= since.timestamp() else None

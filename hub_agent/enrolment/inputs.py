"""Recordings from files: a folder of short ones, or one long one with its text."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from hub_agent.enrolment.progress import Report, part
from hub_agent.errors import NotFoundError
from voices.enrolment.activity import cut, find_speech, phrases
from voices.enrolment.decode import Audio, decode_file
from voices.enrolment.folder import read_transcript, recordings_in
from voices.enrolment.inspection import Take
from voices.errors import EnrolmentRefusedError
from voices.recording import Recording

Transcribe: TypeAlias = Callable[[Audio], str]
"""Asks a speech-to-text server what is said."""


def takes_from(
    source: Path,
    *,
    language: str,
    transcript: Path | None,
    transcribe: Transcribe | None,
    report: Report,
) -> list[Take]:
    """The recordings at `source`, a folder or one file.

    A folder's transcripts lie beside its recordings; that of a file, or of the only recording in a
    folder, is `transcript`, or `.txt` of the same name. What has none is asked of `transcribe`.
    Raises `EnrolmentRefusedError`, and `NotFoundError` for what is not there.
    """
    for named in filter(None, (source, transcript)):
        if not named.exists():
            raise NotFoundError(
                f"there is no file or folder {named}", hint="hub-agent voices enrol --help"
            )
    if source.is_dir() and transcript is None:
        return _from_folder(source, language, transcribe, report)
    if source.is_dir():
        source = _only_one_in(source)
    beside = source.with_suffix(".txt")
    text_file = transcript or (beside if beside.is_file() else None)
    audio = decode_file(source, progress=part(report, "reading", 0.0, 1.0))
    if text_file is not None:
        return [_take(source.name, audio, read_transcript(text_file), language)]
    if transcribe is None:
        raise _no_transcript([source.name])
    return _phrase_by_phrase(source.name, audio, language, transcribe, report)


def _only_one_in(folder: Path) -> Path:
    found = recordings_in(folder)
    names = [source.name for source in found.sources] + list(found.without_transcript)
    if len(names) != 1:
        raise EnrolmentRefusedError(
            f"one transcript is given, and {folder} holds {len(names)} recordings",
            hint="--recordings FILE, or a .txt of the same name beside each recording",
            reason="no_transcript",
        )
    return folder / names[0]


def _from_folder(
    folder: Path, language: str, transcribe: Transcribe | None, report: Report
) -> list[Take]:
    found = recordings_in(folder)
    refusal = found.refusal()
    if refusal is not None and (transcribe is None or not found.without_transcript):
        raise refusal
    names = [source.name for source in found.sources] + list(found.without_transcript)
    texts = {source.name: source.transcript for source in found.sources}
    takes: list[Take] = []
    for index, name in enumerate(names):
        report("reading", index / len(names))
        audio = decode_file(folder / name)
        if name in texts:
            takes.append(_take(name, audio, texts[name], language))
        elif transcribe is not None:
            takes.append(_take(name, audio, transcribe(audio), language))
    return takes


def _phrase_by_phrase(
    name: str, audio: Audio, language: str, transcribe: Transcribe, report: Report
) -> list[Take]:
    """A long recording in pieces that a recogniser takes, each with what it heard."""
    spans = phrases(find_speech(audio.samples, audio.sample_rate))
    takes: list[Take] = []
    for index, span in enumerate(spans):
        report("transcribing", index / len(spans))
        piece = Audio(
            samples=cut(audio.samples, audio.sample_rate, span), sample_rate=audio.sample_rate
        )
        text = transcribe(piece)
        if text.strip():
            takes.append(_take(f"{name} at {span.start_s:.0f} s", piece, text, language))
    return takes


def _take(name: str, audio: Audio, transcript: str, language: str) -> Take:
    recording = Recording(
        samples=audio.samples,
        sample_rate=audio.sample_rate,
        transcript=transcript,
        language=language,
    )
    return Take(name=name, recording=recording)


def _no_transcript(names: Sequence[str]) -> EnrolmentRefusedError:
    return EnrolmentRefusedError(
        f"nothing says what is spoken in {', '.join(names)}",
        hint="--transcript FILE, or --stt wyoming://HOST:PORT",
        reason="no_transcript",
    )

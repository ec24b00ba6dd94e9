"""The commands `voices enrol` and `voices update`: recordings in, a voice in the vault out."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer

from hub_agent.cli.agreement import (
    AgreementOptions,
    confirm_in_writing,
    level_of,
    terms_of,
)
from hub_agent.cli.members import engines_of
from hub_agent.cli.opened_vault import VaultAccess
from hub_agent.cli.reading import read_aloud
from hub_agent.cli.shell import talk
from hub_agent.cli.step_progress import steps_shown
from hub_agent.cli.stock_names import require_no_stock_voice
from hub_agent.engines.embedded import EmbeddedEngine
from hub_agent.enrolment.consenting import Spoken, Terms, consent_record, scope_of
from hub_agent.enrolment.inputs import Transcribe, takes_from
from hub_agent.enrolment.progress import Report
from hub_agent.enrolment.workshop import Workshop, sample_proofs, unpacked
from hub_agent.errors import UsageError
from voices.consent.people import Level
from voices.consent.proof import SampleSource
from voices.consent.record import ConsentRecord
from voices.enrolment.decode import Audio
from voices.enrolment.inspection import Take
from voices.enrolment.report import QualityReport
from voices.errors import EnrolmentRefusedError
from voices.household import Household
from voices.keeper import Enrolment, Material, VoiceKeeper
from voices.members import Member
from voices.naming import require_id
from voices.own_mark import refuse_own_voices
from voices.speaker.similarity import Embedding
from voices.vault.parts import new_id

MOST_SPEECH_S: Final = 180.0
"""What a voice is made of at most: the newest recordings first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """Where the speech comes from. `language` None: that of the voice."""

    language: str | None
    recordings: Path | None = None
    transcript: Path | None = None
    stt: str | None = None
    microphone: str | None = None
    accept_noisy: bool = False
    keep_recordings: bool = True
    picture: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolOptions:
    """The command line of `voices enrol`."""

    id: str
    name: str = field(repr=False)
    speech: SpeechOptions
    agreement: AgreementOptions
    same_person: str | None = None
    as_json: bool = False
    config: Path | None = None


def enrol(options: EnrolOptions) -> None:
    """Make a voice; refuses with the reason, and keeps nothing then."""
    with _refusals_as_json(as_json=options.as_json):
        _enrol(options)


def _enrol(options: EnrolOptions) -> None:
    verified = level_of(options.agreement) is Level.VERIFIED
    terms = terms_of(options.agreement, subject_name=options.name)
    require_id(options.id, options.name)
    language = options.speech.language or "en-us"
    draft = consent_record(
        terms, subject_name=options.name, language=language, hub_id=new_id(), samples=()
    )
    access = VaultAccess(options.config)
    with steps_shown(as_json=options.as_json) as report:
        workshop = _workshop(access, report)
        _require_free(options, workshop, access)
        _require_language(workshop, language)
        if verified:
            _transcriber(options.speech.stt, language)
        takes, source = _takes(options.speech, language, report)
        quality = _judged(workshop, takes, options.speech, report, as_json=options.as_json)
        embedding = workshop.embedding(takes)
        _require_new(options, access, takes, embedding, draft)
        material = workshop.material(
            takes, quality, embedding, keep=options.speech.keep_recordings, report=report
        )
    spoken = _spoken(options, terms, workshop, material) if verified else None
    household = access.unlocked_or_new()
    consent = consent_record(
        terms,
        subject_name=options.name,
        language=language,
        hub_id=household.hub_id,
        samples=sample_proofs(takes, source),
        spoken=spoken,
    )
    confirm_in_writing(consent.statement.text, asked=options.agreement.attested_by is None)
    member = VoiceKeeper(household).enrol(
        Enrolment(
            key=new_id(),
            id=options.id,
            name=options.name,
            language=language,
            material=material,
            consent=consent,
            same_person=options.same_person,
        )
    )
    _tell_done(member, quality, as_json=options.as_json)


def _require_free(options: EnrolOptions, workshop: Workshop, access: VaultAccess) -> None:
    """Refuse an id or a name that is taken before anybody reads twenty sentences."""
    require_no_stock_voice(workshop.engine, options.id, options.name)
    if access.vault_is_there():
        VoiceKeeper(access.unlocked()).require_free(options.id, options.name)


def _require_new(
    options: EnrolOptions,
    access: VaultAccess,
    takes: Sequence[Take],
    embedding: Embedding,
    draft: ConsentRecord,
) -> None:
    """Refuse a voice that is known before it is fitted; `--same-person` is judged at the end."""
    if not access.vault_is_there():
        return
    household = access.unlocked()
    _refuse_own_voices(household, takes)
    if options.same_person is None:
        VoiceKeeper(household).require_new(embedding, consent=draft, same_person=None)


def _refuse_own_voices(household: Household, takes: Sequence[Take]) -> None:
    recordings = [take.recording for take in takes]
    refuse_own_voices(household, recordings, at=datetime.now(UTC))


def _spoken(options: EnrolOptions, terms: Terms, workshop: Workshop, material: Material) -> Spoken:
    language = options.speech.language or "en-us"
    return read_aloud(
        terms,
        scope_of(terms),
        subject_name=options.name,
        language=language,
        encoder=workshop.encoder,
        embedding=material.embedding,
        transcribe=_transcriber(options.speech.stt, language),
        file=options.agreement.statement,
        microphone=options.speech.microphone,
    )


def update(wanted: str, speech: SpeechOptions, *, as_json: bool, config: Path | None) -> None:
    """Refine a voice with new recordings, and with the old ones where they were kept."""
    access = VaultAccess(config)
    with _refusals_as_json(as_json=as_json), steps_shown(as_json=as_json) as report:
        household = access.unlocked()
        keeper = VoiceKeeper(household)
        member = keeper.member(wanted)
        workshop = _workshop(access, report)
        takes, _source = _takes(speech, member.language, report)
        quality = _judged(workshop, takes, speech, report, as_json=as_json)
        _refuse_own_voices(household, takes)
        keeper.require_same(member, workshop.embedding(takes))
        both = [*takes, *_kept(keeper, member, quality.speech_s)]
        embedding = workshop.embedding(both)
        material = workshop.material(
            both, quality, embedding, keep=speech.keep_recordings, report=report
        )
    _tell_done(keeper.update(member, material), quality, as_json=as_json)


@contextmanager
def _refusals_as_json(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except EnrolmentRefusedError as error:
        if as_json:
            refused = {"accepted": False, "reason": error.reason, "message": str(error)}
            typer.echo(json.dumps(refused, ensure_ascii=False))
        raise


def _workshop(access: VaultAccess, report: Report) -> Workshop:
    from hub_agent.downloads.speaker_model import ensure_speaker_model
    from hub_agent.paths import models_folder
    from voices.speaker.encoder import SpeakerEncoder

    model = asyncio.run(
        ensure_speaker_model(
            models_folder(access.data_dir),
            progress=lambda done, total: report(
                "fetching the speaker check", done / total if total else 0.0
            ),
        )
    )
    engine = EmbeddedEngine()
    engine.load()
    return Workshop(SpeakerEncoder(model), engine)


def _require_language(workshop: Workshop, language: str) -> None:
    if workshop.engine.voice_for_language(language) is None:
        raise UsageError(
            f"there is no language {language!r} to speak", hint="hub-agent voices list"
        )


def _takes(speech: SpeechOptions, language: str, report: Report) -> tuple[list[Take], SampleSource]:
    if speech.recordings is not None:
        takes = takes_from(
            speech.recordings,
            language=language,
            transcript=speech.transcript,
            transcribe=_transcriber(speech.stt, language) if speech.stt else None,
            report=report,
        )
        return takes, SampleSource.ARCHIVE
    if speech.transcript is not None:
        raise UsageError("--transcript goes with --recordings FILE", hint="voices enrol --help")
    return _recorded(speech, language), SampleSource.LIVE_MIC


def _recorded(speech: SpeechOptions, language: str) -> list[Take]:
    from hub_agent.enrolment.judging import judge_take
    from hub_agent.recording.guided import record_prompts
    from voices.prompts.script import prompts

    guided = record_prompts(
        prompts(language),
        judge_take(language=language, accept_noisy=speech.accept_noisy),
        device=speech.microphone or "default",
    )
    return [
        Take(name=f"prompt {number}", recording=recording)
        for number, recording in enumerate(guided.recordings(), start=1)
    ]


def _judged(
    workshop: Workshop,
    takes: Sequence[Take],
    speech: SpeechOptions,
    report: Report,
    *,
    as_json: bool,
) -> QualityReport:
    quality = workshop.inspect(takes, accept_noisy=speech.accept_noisy, report=report)
    if speech.picture is not None:
        from voices.enrolment.picture import sheet

        _write_picture(speech.picture, sheet(takes, quality))
    refusal = quality.refusal()
    if not as_json:
        for line in quality.lines():
            talk(line)
    if refusal is not None:
        raise refusal
    return quality


def _write_picture(file: Path, png: bytes) -> None:
    try:
        file.write_bytes(png)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written", hint="--picture FILE, in a folder that is there"
        ) from error
    talk(f"{file}: how the recordings look")


def _kept(keeper: VoiceKeeper, member: Member, new_s: float) -> list[Take]:
    """The recordings of before, as many as still have room."""
    payload = keeper.recordings(member)
    kept: list[Take] = []
    for number, recording in enumerate(unpacked(payload) if payload else (), start=1):
        if new_s + sum(t.recording.duration_s for t in kept) + recording.duration_s < MOST_SPEECH_S:
            kept.append(Take(name=f"earlier recording {number}", recording=recording))
    return kept


def _transcriber(stt: str | None, language: str) -> Transcribe:
    from hub_agent.recording.stt import parse_stt_url, transcribe

    if stt is None:
        raise UsageError(
            "a speech-to-text server is needed for this", hint="--stt wyoming://HOST:PORT"
        )
    parse_stt_url(stt)

    def ask(audio: Audio) -> str:
        return asyncio.run(transcribe(stt, audio.samples, audio.sample_rate, language))

    return ask


def _tell_done(member: Member, quality: QualityReport, *, as_json: bool) -> None:
    if as_json:
        shown: dict[str, Any] = {
            "accepted": True,
            "id": member.id,
            "version": member.current,
            "similarity": member.version.similarity,
            **quality.to_json(),
        }
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    if member.current > 1:
        likeness = f"likeness {member.version.similarity:.2f} to the voice of before"
        talk(f"version {member.current}, {likeness}; the old one: voices rollback {member.id}")
        for engine in set(engines_of(member.version)) - {EmbeddedEngine.name}:
            talk(f"for {engine}, too: hub-agent voices fit {member.id} --engine {engine}")
    talk(f'{member.id} can speak: hub-agent say --voice {member.id} "Good morning"')

"""The commands `voices …`; what they do is imported when one is run."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag

VoiceId = Annotated[str, typer.Argument(metavar="ID", help="Id or name of the voice.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Recordings = Annotated[
    Path | None,
    typer.Option(help="Folder of recordings with .txt files beside them, or one long recording."),
]
Transcript = Annotated[Path | None, typer.Option(help="Text of the one long recording.")]
Language = Annotated[str, typer.Option(help="Language that is spoken (BCP 47).")]
Stt = Annotated[
    str | None, typer.Option(help="Speech-to-text server for transcripts: wyoming://HOST:PORT.")
]
AcceptNoisy = Annotated[
    bool, typer.Option("--accept-noisy", help="Take recordings with less than 15 dB SNR.")
]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep-recordings/--no-keep-recordings",
        help="Keep the recordings, encrypted, so that better engines can use them later.",
    ),
]
Picture = Annotated[
    Path | None, typer.Option(help="Write a picture of the recordings' quality (PNG).")
]
Microphone = Annotated[str | None, typer.Option(help="Microphone to record with.")]
SamePerson = Annotated[
    str | None,
    typer.Option(help="Id of a known voice that is the same person; they must agree aloud."),
]
Consent = Annotated[
    str | None,
    typer.Option(help="verified: the statement is read aloud; attested: somebody vouches."),
]
RelationshipOption = Annotated[
    str, typer.Option(help="Who agrees: self, guardian (of a minor) or heir.")
]
AttestedBy = Annotated[str | None, typer.Option(help="Name of the adult who agrees.")]
Purposes = Annotated[
    str | None,
    typer.Option(help="announcements, greetings, assistant, toys, stories; by commas."),
]
Rooms = Annotated[str, typer.Option(help="Rooms it may be heard in, by commas, or all.")]
HoursOption = Annotated[str | None, typer.Option(help="Hours of the day, e.g. 07:00-21:00.")]
Senders = Annotated[str, typer.Option(help="Who may ask: mqtt, cli, wyoming, …; or all.")]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Last day.", show_default="a year from now"),
]
BirthYear = Annotated[int | None, typer.Option(help="Of a minor.")]
Statement = Annotated[
    Path | None, typer.Option(help="Recording of the statement, with --consent verified.")
]

app = typer.Typer(no_args_is_help=True, help="Voices: an engine's own and your family's.")


@app.command("list")
def list_voices(
    engine: Annotated[str | None, typer.Option(help="Only of this engine.")] = None,
    language: Annotated[str | None, typer.Option(help="Only for this language, e.g. de.")] = None,
    variants: Annotated[bool, typer.Option("--variants", help="Their variants instead.")] = False,
    family: Annotated[bool, typer.Option("--family", help="Only your family's.")] = False,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """List the voices one can choose, your family's first."""
    from hub_agent.cli import listings

    listings.print_voices(
        engine=engine,
        language=language,
        variants=variants,
        family=family,
        as_json=as_json,
        config=config,
    )


@app.command("enrol")
def enrol(
    voice_id: Annotated[str, typer.Argument(metavar="ID", help="Short id, e.g. grandma.")],
    *,
    name: Annotated[str, typer.Option(help="What the family calls this person.")],
    language: Language = "en-us",
    recordings: Recordings = None,
    transcript: Transcript = None,
    stt: Stt = None,
    microphone: Microphone = None,
    accept_noisy: AcceptNoisy = False,
    keep_recordings: Keep = True,
    picture: Picture = None,
    consent: Consent = None,
    relationship: RelationshipOption = "self",
    attested_by: AttestedBy = None,
    purposes: Purposes = None,
    rooms: Rooms = "all",
    hours: HoursOption = None,
    senders: Senders = "all",
    until: Until = None,
    birth_year: BirthYear = None,
    statement: Statement = None,
    same_person: SamePerson = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Make the voice of a family member from about a minute of speech, with their consent."""
    from hub_agent.cli.agreement import AgreementOptions
    from hub_agent.cli.enrol import EnrolOptions, SpeechOptions
    from hub_agent.cli.enrol import enrol as enrol_command

    enrol_command(
        EnrolOptions(
            id=voice_id,
            name=name,
            speech=SpeechOptions(
                language=language,
                recordings=recordings,
                transcript=transcript,
                stt=stt,
                microphone=microphone,
                accept_noisy=accept_noisy,
                keep_recordings=keep_recordings,
                picture=picture,
            ),
            agreement=AgreementOptions(
                consent=consent,
                relationship=relationship,
                attested_by=attested_by,
                purposes=purposes,
                rooms=rooms,
                hours=hours,
                senders=senders,
                until=until.date() if until else None,
                birth_year=birth_year,
                statement=statement,
            ),
            same_person=same_person,
            as_json=as_json,
            config=config,
        )
    )


@app.command("update")
def update(
    voice_id: VoiceId,
    *,
    recordings: Recordings = None,
    transcript: Transcript = None,
    stt: Stt = None,
    microphone: Microphone = None,
    accept_noisy: AcceptNoisy = False,
    keep_recordings: Keep = True,
    picture: Picture = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Refine a voice with more recordings of the same person; the old one can be had back."""
    from hub_agent.cli.enrol import SpeechOptions
    from hub_agent.cli.enrol import update as update_command

    speech = SpeechOptions(
        language=None,
        recordings=recordings,
        transcript=transcript,
        stt=stt,
        microphone=microphone,
        accept_noisy=accept_noisy,
        keep_recordings=keep_recordings,
        picture=picture,
    )
    update_command(voice_id, speech, as_json=as_json, config=config)


@app.command("fit")
def fit(
    voice_id: VoiceId,
    engine: Annotated[str, typer.Option(help="The engine that is to speak.")],
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Let another engine speak in a voice, from the recordings that were kept of it."""
    from hub_agent.cli import fitting_command

    fitting_command.fit(voice_id, engine, as_json=as_json, config=config)


@app.command("show")
def show(voice_id: VoiceId, as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Show what is kept of a voice: versions, sizes, consent. Nothing of it can be heard."""
    from hub_agent.cli import members

    members.show(voice_id, as_json=as_json, config=config)


@app.command("rename")
def rename(
    voice_id: VoiceId,
    name: Annotated[str, typer.Argument(help="The new name; the id stays.")],
    config: ConfigOption = None,
) -> None:
    """Call a voice by another name."""
    from hub_agent.cli import members

    members.rename(voice_id, name, config=config)


@app.command("rollback")
def rollback(
    voice_id: VoiceId,
    version: Annotated[
        int | None, typer.Option(help="Version to go back to.", show_default="the one before")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Speak with an earlier version of a voice again."""
    from hub_agent.cli import members

    members.roll_back(voice_id, version, config=config)


@app.command("revoke")
def revoke(voice_id: VoiceId, yes: YesFlag = False, config: ConfigOption = None) -> None:
    """Withdraw consent: the voice falls silent at once and is destroyed for good."""
    from hub_agent.cli import members

    members.revoke(voice_id, yes=yes, config=config)


@app.command("delete")
def delete(voice_id: VoiceId, yes: YesFlag = False, config: ConfigOption = None) -> None:
    """Destroy a voice and forget the person; also what a withdrawal left behind."""
    from hub_agent.cli import members

    members.delete(voice_id, yes=yes, config=config)


@app.command("export")
def export(
    voice_id: VoiceId,
    file: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File that holds the passphrase; else it is asked for.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write one voice into a file that a passphrase opens, for another hub."""
    from hub_agent.cli import members

    members.export(voice_id, file, passphrase_file=passphrase_file, config=config)


@app.command("import")
def import_voice(
    file: Annotated[Path, typer.Argument(help="A file that `voices export` wrote.")],
    *,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="File that holds the passphrase; else it is asked for.")
    ] = None,
    attested_by: AttestedBy = None,
    relationship: RelationshipOption = "self",
    purposes: Purposes = None,
    until: Until = None,
    birth_year: BirthYear = None,
    config: ConfigOption = None,
) -> None:
    """Take in a voice from another hub; this hub needs a consent of its own."""
    from hub_agent.cli import members
    from hub_agent.cli.agreement import AgreementOptions

    agreement = AgreementOptions(
        consent="attested",
        relationship=relationship,
        attested_by=attested_by,
        purposes=purposes,
        until=until.date() if until else None,
        birth_year=birth_year,
    )
    members.import_voice(file, agreement, passphrase_file=passphrase_file, config=config)

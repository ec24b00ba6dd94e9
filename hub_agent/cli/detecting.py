"""The command `watermark detect`: what this hub said, in files and folders of files."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import typer

from hub_agent.cli.file_progress import file_progress
from hub_agent.cli.opened_vault import VaultAccess, file_errors
from hub_agent.cli.shell import talk
from hub_agent.errors import ExitCode, RefusedError, UsageError
from hub_agent.labels.label import Label, shown
from hub_agent.labels.read import read_labels
from hub_agent.own_speech.decoys import rank_among_decoys
from hub_agent.own_speech.known_marks import KnownMarks
from hub_agent.own_speech.picture import Row, picture
from hub_agent.own_speech.report import as_json as to_json
from hub_agent.own_speech.report import sentence
from hub_agent.own_speech.search import Finding, search
from hub_agent.paths import audit_anchor, mark_key_file
from voices.enrolment.folder import AUDIO_SUFFIXES
from voices.enrolment.progress import Progress
from voices.errors import EnrolmentRefusedError, VaultLockedError, WrongSecretError
from voices.family import WATERMARK
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.watermark.hub_key import hub_key
from voices.watermark.keys import epoch_of, epoch_start

WEEKS: Final = 53
MOST_WEEKS: Final = 520
PICTURE_SUFFIX: Final = ".png"
SUFFIXES: Final = AUDIO_SUFFIXES | {".mkv", ".mka", ".mov", ".m4v", ".3gp"}
"""What is looked at in folders; a file that is named itself may have any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectOptions:
    """The command line of `watermark detect`."""

    files: tuple[Path, ...]
    as_json: bool
    plot: Path | None
    weeks: int | None
    since: datetime | None
    voice: str | None
    other_speeds: bool
    level: float
    decoys: int
    config: Path | None


def detect_in_files(options: DetectOptions) -> None:
    """One line for each file on standard output; the exit code says what could not be done."""
    epochs = _epochs(options)
    if options.plot:
        _require_picture(options.plot)
    files = list(_files(options.files))
    known, locked = _known_marks(options, epochs)
    rows = list(_found(files, known, options))
    if options.plot and rows:
        with file_errors(options.plot):
            options.plot.write_bytes(picture(rows))
    if locked:
        raise typer.Exit(int(ExitCode.NOT_PERMITTED))
    if len(rows) < len(files):
        raise typer.Exit(int(ExitCode.FAILED))


def _found(files: Sequence[Path], known: KnownMarks, options: DetectOptions) -> Iterator[Row]:
    """What was found in each file that can be read; all are told about."""
    for number, file in enumerate(files, 1):
        try:
            with file_progress(file.name, number, len(files)) as progress:
                found = search(
                    file,
                    known,
                    level=options.level,
                    other_speeds=options.other_speeds,
                    progress=progress,
                )
                found = _ranked(found, file, known, options, progress)
        except EnrolmentRefusedError as error:
            _tell_unreadable(file, error, as_json=options.as_json)
            continue
        _tell(file, found, as_json=options.as_json)
        yield Row(file.name, found)


def _ranked(
    found: Finding, file: Path, known: KnownMarks, options: DetectOptions, progress: Progress
) -> Finding:
    """With the second opinion that was asked for, if anything was found."""
    if not options.decoys or found.main is None:
        return found
    decoy_p = rank_among_decoys(
        file,
        known,
        found.main.speech,
        options.decoys,
        other_speeds=options.other_speeds,
        progress=progress,
    )
    return replace(found, decoy_p=decoy_p)


def _require_picture(plot: Path) -> None:
    """Before anything is searched; and that recordings are not named by mistake."""
    if plot.suffix.lower() != PICTURE_SUFFIX or _is_folder(plot):
        raise UsageError(
            "--plot names no picture", hint="hub-agent watermark detect FILE --plot FILE.png"
        )
    if not os.access(plot.absolute().parent, os.W_OK):
        raise UsageError(
            "the picture cannot be written there", hint="--plot FILE, in a folder that is there"
        )


def _epochs(options: DetectOptions) -> range:
    """The weeks to look at, the newest first."""
    if options.weeks and options.since:
        raise UsageError(
            "--weeks and --since exclude each other", hint="hub-agent watermark detect --help"
        )
    newest = epoch_of(datetime.now(UTC))
    if options.since is None:
        return range(newest, newest - (options.weeks or WEEKS), -1)
    try:
        oldest = epoch_of(options.since.astimezone())
    except (ValueError, OverflowError):  # a year that no time zone has
        oldest = newest + 1
    if not newest - MOST_WEEKS < oldest <= newest:
        raise UsageError(
            f"--since is a day of the last {MOST_WEEKS} weeks",
            hint="hub-agent watermark detect --since 2026-01-31 FILE",
        )
    return range(newest, oldest - 1, -1)


def _files(named: Sequence[Path]) -> Iterator[Path]:
    """Files as they are named, folders with everything in them that looks like audio."""
    for path in named:
        if not _is_folder(path):
            yield path
            continue
        found = path.rglob("*")
        inside = sorted(f for f in found if f.suffix.lower() in SUFFIXES and not _is_folder(f))
        if not inside:
            talk(f"there is no audio in {shown(str(path))}")
        yield from inside


def _is_folder(path: Path) -> bool:
    """Also of names that the system refuses; what is wrong with them shows when they are opened."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _known_marks(options: DetectOptions, epochs: range) -> tuple[KnownMarks, bool]:
    """What can be looked for, and whether a locked vault hides the rest."""
    access = VaultAccess(options.config)
    known = KnownMarks()
    household = _opened(access)
    if household is not None:
        _add_family(known, access, household, epochs, options.voice)
    locked = household is None and access.vault_is_there()
    if options.voice is not None and household is None:
        raise VaultLockedError("the vault is locked", hint="hub-agent vault unlock")
    key_file = mark_key_file(access.data_dir)
    if options.voice is None and key_file.exists():
        known.add_stock(hub_key(key_file), epochs)
    if locked:
        talk("the vault is locked: only what stock voices said is looked for")
    elif not known.keys:
        talk("there is nothing to look for: in these weeks this hub has marked nothing")
    return known, locked


def _opened(access: VaultAccess) -> Household | None:
    """The vault, open; None where there is none, or nothing and nobody opens it."""
    if not access.vault_is_there():
        return None
    try:
        return access.unlocked()
    except (RefusedError, UsageError, WrongSecretError):
        return None


def _add_family(
    known: KnownMarks,
    access: VaultAccess,
    household: Household,
    epochs: range,
    voice: str | None,
) -> None:
    wanted = VoiceKeeper(household).member(voice).key if voice is not None else None
    ids = {member.key: member.id for member in household.members().values()}
    spoken = [
        utterance
        for utterance in household.audit(audit_anchor(access.key_file)).utterances()
        if utterance.begun.epoch in epochs and wanted in (None, utterance.begun.voice)
    ]
    forgotten = _forgotten(epochs, access.settings.core.audit.keep_days)
    known.add_family(household.subkey(WATERMARK), spoken, ids, forgotten)


def _forgotten(epochs: range, keep_days: int) -> list[int]:
    """Weeks of which the audit log no longer holds everything."""
    if not keep_days:
        return []
    first_kept = datetime.now(UTC) - timedelta(days=keep_days)
    return [epoch for epoch in epochs if epoch_start(epoch) < first_kept]


def _tell(file: Path, found: Finding, *, as_json: bool) -> None:
    labels = read_labels(file)
    if as_json:
        shown_labels = [_shown(label) for label in labels]
        _print_json({"file": str(file), **to_json(found), "labels": shown_labels})
        return
    typer.echo(f"{shown(str(file))}: {sentence(found)}")
    for label in labels:
        facts = ", ".join(f"{name} {text}" for name, text in _shown(label).items())
        typer.echo(f"    the file says of itself: {facts}")


def _shown(label: Label) -> dict[str, str]:
    """What a label tells, fit for a terminal."""
    return {name: shown(text) for name, text in asdict(label).items() if text}


def _tell_unreadable(file: Path, error: EnrolmentRefusedError, *, as_json: bool) -> None:
    if as_json:
        _print_json({"file": str(file), "error": error.reason, "message": str(error)})
    else:
        typer.echo(f"{shown(str(file))}: cannot be read: {error}")


def _print_json(row: dict[str, Any]) -> None:
    typer.echo(json.dumps(row))  # ASCII: a name on the disk need not be Unicode

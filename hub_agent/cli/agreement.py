"""From the options of a command, or from questions, to the terms somebody agrees to."""

import sys
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Final, TypeVar

import typer

from hub_agent.cli.shell import talk
from hub_agent.enrolment.consenting import Terms
from hub_agent.errors import UsageError
from voices.consent.people import Level, Relationship
from voices.consent.scope import Hours
from voices.purpose import Purpose

Word = TypeVar("Word", Relationship, Purpose)

HINT: Final = (
    "--consent attested --relationship self --attested-by NAME, "
    "or --consent verified --stt wyoming://HOST:PORT"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementOptions:
    """The options about consent, as they were typed."""

    consent: str | None = None
    relationship: str = "self"
    attested_by: str | None = field(default=None, repr=False)
    purposes: str | None = None
    rooms: str = "all"
    hours: str | None = None
    senders: str = "all"
    until: date | None = None
    birth_year: int | None = None
    statement: Path | None = None


def level_of(options: AgreementOptions) -> Level:
    """How consent is to be given; on a terminal, not saying so means to be asked in writing."""
    if options.consent is None:
        if not sys.stdin.isatty():
            raise UsageError("nobody said who agrees to this voice being made", hint=HINT)
        return Level.ATTESTED
    try:
        return Level(options.consent)
    except ValueError:
        raise UsageError("there is no such kind of consent", hint=HINT) from None


def terms_of(options: AgreementOptions, *, subject_name: str) -> Terms:
    """The terms in `options`; what is missing is asked on a terminal."""
    relationship = _word(Relationship, options.relationship, "--relationship")
    grantor = options.attested_by or _ask_grantor(relationship, subject_name)
    return Terms(
        relationship=relationship,
        grantor_name=grantor,
        purposes=purposes_of(options.purposes),
        rooms=listed(options.rooms),
        hours=hours_of(options.hours),
        senders=listed(options.senders),
        until=options.until,
        birth_year=options.birth_year,
    )


def listed(text: str) -> tuple[str, ...]:
    """Words by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def purposes_of(text: str | None) -> tuple[Purpose, ...]:
    """Purposes by commas; none for the usual ones."""
    return tuple(_word(Purpose, word, "--purposes") for word in listed(text or ""))


def hours_of(text: str | None) -> tuple[Hours, ...]:
    """Spans of the day by commas: 07:00-21:00."""
    return tuple(_span(word) for word in listed(text or ""))


def confirm_in_writing(statement: str, *, asked: bool) -> None:
    """Let the person at the terminal agree to `statement`; options given in full are an answer."""
    if not asked:
        return
    talk(f"\n{statement}\n")
    answer = typer.prompt("Type 'I agree' to sign this", err=True)
    if answer.strip().strip("'\"").casefold() != "i agree":
        raise UsageError("not agreed: nothing was kept", hint="ask the person first")


def _ask_grantor(relationship: Relationship, subject_name: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("nobody is named who agrees", hint="--attested-by NAME")
    whom = "yourself" if relationship is Relationship.SELF else subject_name
    return str(typer.prompt(f"Your full name, agreeing for {whom}", err=True)).strip()


def _word(kind: type[Word], text: str, option: str) -> Word:
    try:
        return kind(text.strip().lower())
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise UsageError(f"{option} takes: {known}", hint="hub-agent voices enrol --help") from None


def _span(text: str) -> Hours:
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
        return Hours(start, end)
    except ValueError:
        raise UsageError("--hours takes spans such as 07:00-21:00", hint="by commas") from None

"""The statement somebody reads out to agree, filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from voices.consent.challenge import Challenge
from voices.consent.languages import LANGUAGES, statement_language
from voices.consent.people import Relationship
from voices.consent.statement_texts import WORDINGS, Wording
from voices.purpose import Purpose

__all__ = [
    "LANGUAGES",
    "Statement",
    "StatementFacts",
    "make_statement",
    "statement_language",
    "statement_text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """What the statement tells; `language` may be any tag, no devices mean all of the home.

    `subject_name` is the child's or the late person's; `kinship` what the heir is to the latter, in
    words of that language, a close relative where it is not told.
    """

    language: str
    relationship: Relationship
    grantor_name: str = field(repr=False)
    household: str = field(repr=False)
    purposes: Sequence[Purpose]
    today: date
    until: date
    devices: Sequence[str] = field(default=(), repr=False)
    subject_name: str = field(default="", repr=False)
    kinship: str = field(default="", repr=False)
    died_on: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the one who agrees reads out, and what the child says, where it is about a child."""

    language: str
    text: str = field(repr=False)
    assent: str | None = field(default=None, repr=False)


def make_statement(facts: StatementFacts, challenge: Challenge) -> Statement:
    """The statement with the code at its end; ValueError when a name it needs is missing."""
    language = statement_language(facts.language)
    if challenge.language != language:
        raise ValueError("the code is in another language than the statement")
    words = WORDINGS[language]
    text = statement_text(facts) + words.code.format(code=challenge.phrase)
    return Statement(language=language, text=text, assent=_assent(words, facts))


def statement_text(facts: StatementFacts) -> str:
    """The statement without a code; ValueError when a name it needs is missing."""
    _check_complete(facts)
    words = WORDINGS[statement_language(facts.language)]
    return words.statements[facts.relationship].format(
        name=facts.grantor_name,
        subject=facts.subject_name,
        kinship=facts.kinship or words.kinship,
        household=facts.household,
        died=_died(words, facts.died_on),
        today=_today(words, facts.today),
        until=_date(words, facts.until),
        purposes=_listed(words, [words.purposes[purpose] for purpose in facts.purposes]),
        devices=_devices(words, facts.devices),
    )


def _check_complete(facts: StatementFacts) -> None:
    needed = {"grantor_name", "household", "purposes"}
    if facts.relationship is not Relationship.SELF:
        needed.add("subject_name")
    missing = sorted(name for name in needed if not getattr(facts, name))
    if missing:
        raise ValueError(f"the statement lacks {missing[0]}")


def _assent(words: Wording, facts: StatementFacts) -> str | None:
    if facts.relationship is not Relationship.GUARDIAN:
        return None
    return words.assent.format(subject=facts.subject_name)


def _devices(words: Wording, devices: Sequence[str]) -> str:
    if not devices:
        return words.all_devices
    return words.devices.format(devices=_listed(words, devices))


def _died(words: Wording, died_on: date | None) -> str:
    return words.died if died_on is None else words.died_on.format(date=_date(words, died_on))


def _today(words: Wording, day: date) -> str:
    return words.today.format(weekday=words.weekdays[day.weekday()], date=_date(words, day))


def _date(words: Wording, day: date) -> str:
    return words.date.format(day=day.day, month=words.months[day.month - 1], year=day.year)


def _listed(words: Wording, items: Sequence[str]) -> str:
    if len(items) == 1:
        return items[0]
    return words.comma.join(items[:-1]) + words.last_comma + items[-1]

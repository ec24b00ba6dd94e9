"""A code that nobody can have recorded before: said aloud with the statement."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from voices.consent.challenge_words import WORDS
from voices.consent.languages import statement_language
from voices.consent.times import whole_second
from voices.errors import ConsentRefusedError

VALID_FOR: Final = timedelta(minutes=5)
NUM_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Two words and four digits, good for five minutes."""

    language: str
    words: tuple[str, str] = field(repr=False)
    digits: str = field(repr=False)
    nonce: str
    issued_at: datetime

    @property
    def phrase(self) -> str:
        """As it is shown and read out."""
        if self.language == "zh":
            return f"{self.words[0]}{self.words[1]}，{self.digits}"
        return " ".join((*self.words, *self.digits))

    @property
    def expires_at(self) -> datetime:
        """When it is too late to answer."""
        return self.issued_at + VALID_FOR

    def require_valid(self, at: datetime) -> None:
        """Raise ConsentRefusedError when it is too late, or too early, to answer."""
        if not self.issued_at <= at < self.expires_at:
            raise ConsentRefusedError(
                "the code is no longer valid; it has to be read out within five minutes",
                hint="start again, for a new code: hub-agent voices enrol",
                reason="challenge_expired",
            )


def new_challenge(language: str, at: datetime) -> Challenge:
    """A fresh one in the statement's language for that tag."""
    language = statement_language(language)
    words = WORDS[language]
    first = secrets.choice(words)
    second = secrets.choice([word for word in words if word != first])
    return Challenge(
        language=language,
        words=(first, second),
        digits=f"{secrets.randbelow(10**NUM_DIGITS):0{NUM_DIGITS}d}",
        nonce=secrets.token_hex(16),
        issued_at=whole_second(at),
    )

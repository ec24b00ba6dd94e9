"""The common shape of the languages that are read out in full: tables and ordered rules.

A language brings a text from symbols to words in this order: what has an inner structure
(addresses, dates, times, telephone numbers), then numbers in one canonical form
(`1234.5`, minus sign U+2212), then numbers with a unit, then bare numbers and symbols, and last
every digit that is still there. Each rule is one pattern and one function; a pattern never looks
back at what it passed, so that a rule takes linear time.
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hub_agent.text import numbers

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

NUMBER = r"(?:(?<![\d.])−)?(?<![\d.])\d+(?:\.\d+)?"
"""A number in canonical form, as a pattern without groups."""

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is read after one, after several, and after "per"; `one` carries its article."""

    one: str
    many: str
    per: str


class Language(ABC):
    """Reads out numbers, units and signs in one language."""

    digits: tuple[str, ...]
    point: str
    version_point: str
    minus: str
    dot: str
    at: str
    pause: str = ", "
    rules: tuple[Rule, ...]
    plain_rules: tuple[Rule, ...]
    """The rules that say something where there is no digit."""

    gap = " "
    """What stands between words."""

    @abstractmethod
    def cardinal(self, number: int) -> str:
        """A whole number of at most `numbers.LONGEST_INTEGER` digits in words."""

    def speak(self, text: str) -> str:
        """The cleaned text with every number, unit and sign in words."""
        text = fold(text)
        for pattern, say in self.rules if DIGIT.search(text) else self.plain_rules:
            text = pattern.sub(say, text)
        return text

    def each(self, digits: str) -> str:
        """Digits one by one; anything else is left out."""
        return self.gap.join(self.digits[int(digit)] for digit in digits if digit in "0123456789")

    def integer(self, digits: str) -> str:
        """A run of digits as one number, or one by one where it has no name."""
        return self.cardinal(int(digits)) if numbers.has_name(digits) else self.each(digits)

    def number(self, canonical: str) -> str:
        """A canonical number, with its sign and its decimals."""
        sign = self.minus + self.gap if canonical.startswith(MINUS) else ""
        whole, _, decimals = canonical.removeprefix(MINUS).partition(".")
        words = self.integer(whole)
        if decimals:
            words = self.gap.join((words, self.point, self.each(decimals)))
        return sign + words

    def apart(self, match: re.Match[str], words: str) -> str:
        """Words in place of a match, with a gap where a letter or digit touches it."""
        before = match.string[max(match.start() - 1, 0) : match.start()]
        after = match.string[match.end() : match.end() + 1]
        left = self.gap if before.isalnum() else ""
        right = self.gap if after.isalnum() else ""
        return f"{left}{words}{right}"

    def say_number(self, match: re.Match[str]) -> str:
        """A canonical number standing alone."""
        return self.apart(match, self.number(match[0]))

    def say_digits(self, match: re.Match[str]) -> str:
        """Digits one by one, a short pause where they are grouped."""
        groups = [self.each(group) for group in RUN.findall(match[0])]
        return self.apart(match, self.pause.join(groups))

    def say_address(self, match: re.Match[str]) -> str:
        """The host of a link; its path would be noise."""
        host = match["host"].removeprefix("www.")
        rest = match["path"] or ""
        kept = rest[len(rest.rstrip(".,;:!?)")) :]
        return self.apart(match, self.dotted(host)) + kept

    def say_mail(self, match: re.Match[str]) -> str:
        """A mail address."""
        user, _, host = match[0].partition("@")
        words = self.gap.join((self.dotted(user), self.at, self.dotted(host)))
        return self.apart(match, words)

    def say_dotted(self, match: re.Match[str]) -> str:
        """Names with dots between them."""
        return self.apart(match, self.dotted(match[0]))

    def say_octets(self, match: re.Match[str]) -> str:
        """A network address, digit by digit."""
        octets = (self.each(octet) for octet in match[0].split("."))
        return self.apart(match, f"{self.gap}{self.dot}{self.gap}".join(octets))

    def say_version(self, match: re.Match[str]) -> str:
        """Numbers with several points between them."""
        parts = (self.integer(part) for part in match[0].split("."))
        return self.apart(match, f"{self.gap}{self.version_point}{self.gap}".join(parts))

    def dotted(self, name: str) -> str:
        """A name with its dots in words."""
        return name.replace(".", f"{self.gap}{self.dot}{self.gap}")

    def addresses(self) -> tuple[Rule, ...]:
        """The rules for links, mail, network addresses; they come first."""
        return (
            (LINK, self.say_address),
            (MAIL, self.say_mail),
            (OCTETS, self.say_octets),
            (DOTTED, self.say_dotted),
        )


LINK = re.compile(
    r"(?<![A-Za-z0-9.-])(?:(?:https?|ftp|wss?|mqtts?)://(?:[\w.~-]{1,64}@)?|(?=www\.\w))"
    r"(?P<host>[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*+)(?::\d{1,5})?(?P<path>[/?#][!-~]*)?",
    re.IGNORECASE,
)
MAIL = re.compile(
    r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_+-][A-Za-z0-9_.+-]{0,63}@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)+"
)
OCTETS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
DOTTED = re.compile(
    r"(?<![A-Za-z0-9_.-])[A-Za-z][A-Za-z0-9-]++(?:\.[a-z][a-z0-9-]++)+(?![A-Za-z0-9_.-]?[A-Za-z0-9])"
)
VERSION = re.compile(r"(?<![\d.])\d{1,4}(?:\.\d{1,4}){2,8}(?!\.?\d)")
RUN = re.compile(r"\d+")
DIGIT = re.compile(r"\d")


def follows_digit(match: re.Match[str]) -> bool:
    """Whether a digit stands before the match, with a blank between or none."""
    return match.string[max(match.start() - 2, 0) : match.start()].rstrip(" ")[-1:].isdigit()


def keeps_stop(match: re.Match[str]) -> bool:
    """Whether the dot at the end of a match also ends the sentence."""
    if not match[0].endswith("."):
        return False
    after = match.string[match.end() : match.end() + 3].lstrip(" \"'”“)")
    return not after or after[0] == "\n" or after[0].isupper()


def always(words: str) -> Callable[[re.Match[str]], str]:
    """For a rule that says the same whatever it matched."""

    def say(_match: re.Match[str]) -> str:
        return words

    return say


def is_one(canonical: str) -> bool:
    """Whether the unit after this number is in the singular."""
    return canonical.removeprefix(MINUS) == "1"


def alternatives(words: Iterable[str]) -> str:
    """A pattern for one of several words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


class _Folding(dict[int, str]):
    """Digits and compatibility signs of every script, brought to their plain form."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if len(self) < _CACHED_CHARACTERS:
            self[code] = folded
        return folded


_CACHED_CHARACTERS = 4096
_KEPT_SUPERSCRIPTS = frozenset("²³")


def _folded(character: str) -> str:
    if character.isascii() or character in _KEPT_SUPERSCRIPTS:
        return character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "No":
        plain = unicodedata.normalize("NFKC", character).replace("\N{FRACTION SLASH}", "/")
        return f" {plain}" if "/" in plain else plain
    if character in "℃℉㎎㎏㎜㎝㎞㏄" or "\uff21" <= character <= "\uff5a":
        return unicodedata.normalize("NFKC", character)
    return _SIGNS.get(character, character)


_SIGNS = {"％": "%", "￥": "¥", "＄": "$", "＋": "+", "－": MINUS, "／": "/", "∶": ":", "～": "~"}
_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text with ASCII digits and signs; what is already plain is not touched."""
    return text if text.isascii() else text.translate(_FOLDING)

"""Integers in words, and digits one by one.

The rule sets of `unicode_rbnf` are used for whole numbers only: its decimals are wrong in
several languages. They load on the first number of a language (about 90 ms for the library,
5 ms per language), never for languages whose numbers are left to the engine.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

LONGEST_INTEGER = 15
"""Digits of the longest number that has a name in every rule set; longer ones are read digit
by digit, as people do."""

_SOFT_HYPHEN = "\N{SOFT HYPHEN}"


@lru_cache(maxsize=8)
def _engine(rules: str) -> "RbnfEngine":
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(rules)


@lru_cache(maxsize=2048)
def spell(number: int, rules: str, ruleset: str) -> str:
    """A whole number of at most `LONGEST_INTEGER` digits in words, by a CLDR rule set.

    Soft hyphens, hyphens and commas between the words are taken out.
    """
    words = "".join(_engine(rules).iter_format_number(number, f"spellout-{ruleset}"))
    return words.replace(_SOFT_HYPHEN, "").replace("-", " ").replace(",", "")


def has_name(digits: str) -> bool:
    """Whether a string of digits is read as one number: not too long, no leading zero."""
    return len(digits) <= LONGEST_INTEGER and (digits == "0" or not digits.startswith("0"))

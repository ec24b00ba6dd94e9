"""Brings written numbers into one form, and knows the shapes that are read digit by digit.

Canonical: no thousands separators, a point before the decimals, U+2212 as the minus sign,
superscripts for areas and volumes.
"""

import re

from hub_agent.text.rules import MINUS, Rule, always

THOUSANDS_COMMA = re.compile(r"(?<![\d.,])([1-9]\d{0,2}(?:,\d{3})++)(?![\d]|,\d)")
THOUSANDS_POINT = re.compile(r"(?<![\d.,])([1-9]\d{0,2}(?:\.\d{3})++)(?![\d]|\.\d)")
THOUSANDS_SPACE = re.compile(r"(?<![\d.,:/−+-])(?<!\d )([1-9]\d{0,2}(?: \d{3})++)(?!\d| \d)")
THOUSANDS_APOSTROPHE = re.compile(r"(?<![\d.,'])([1-9]\d{0,2}(?:'\d{3})++)(?!\d|'\d)")
DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d++),(\d++)(?![,.]?\d)")
_SIGN = re.compile(r"(?<![\w.,:;)\]°%/-])-(?=\d|[$€£¥]\d)")
_LOOSE_SIGN = re.compile(r"−\s?(?=\d)")
_SMALL_POWER = re.compile(r"(?<=[\d/])( ?[kcmd]?m)([23])(?!\w)")
_BARE_POINT = re.compile(r"(?<![\w.,])\.(?=\d)")

INTERNATIONAL = re.compile(r"(?<![\w+])\+\d(?:[ ()/-]{0,2}\d){5,18}+(?!\d)")
"""A telephone number with its country code."""

LEADING_ZERO = re.compile(r"(?<![\d.,:/$€£¥+−-])0\d++(?:[ /-]\d{2,}+){0,6}+(?![.,:]\d)")
GROUPED = re.compile(
    r"(?<![\d.,:/-])(?:\(\d{3}\) ?|\d{3}[ -])?\d{3}-\d{4}(?![\d-])"
    r"|(?<![\d.,:/-])\d{1,8}(?:-\d{1,8}){2,8}+(?![\d-])"
)
"""Digits in groups with hyphens: telephone and serial numbers."""


def long_run(units: str, currencies: str) -> re.Pattern[str]:
    """Seven digits or more without a unit: read one by one, unless a round number."""
    return re.compile(
        rf"(?<![\d.,:/$€£¥₹−])(?!\d{{1,9}}0{{5,}}(?!\d))\d{{7,}}+"
        rf"(?![.,:/]?\d| ?(?:{units}|{currencies})(?!\w))"
    )


SIGNS: tuple[Rule, ...] = (
    (_SIGN, always(MINUS)),
    (_LOOSE_SIGN, always(MINUS)),
    (_SMALL_POWER, lambda match: match[1] + ("²" if match[2] == "2" else "³")),
    (_BARE_POINT, always("0.")),
)


def without(separator: str, pattern: re.Pattern[str]) -> Rule:
    """A rule that takes the separators out of a number."""
    return pattern, lambda match: match[0].replace(separator, "")

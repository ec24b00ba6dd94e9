"""Numbers as a recogniser may write them: figures or words, in the languages of statements."""

import re
from collections.abc import Mapping
from typing import Final


def _counted(words: str, more: Mapping[str, str]) -> dict[str, str]:
    return {**{word: str(digit) for digit, word in enumerate(words.split())}, **more}


DIGIT_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": _counted("zero one two three four five six seven eight nine", {"oh": "0", "o": "0"}),
    "de": _counted("null eins zwei drei vier funf sechs sieben acht neun", {"zwo": "2"}),
    "es": _counted("cero uno dos tres cuatro cinco seis siete ocho nueve", {}),
    "zh": _counted("零 一 二 三 四 五 六 七 八 九", {"〇": "0", "幺": "1", "两": "2"}),
}
"""Single digits, folded as `voices.consent.matching` folds what was heard."""

_EN: Final = (
    r"\d+(?:st|nd|rd|th)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    r"(?:twen|thir)tieth|hundred|thousand|first|second|third|fourth|fifth|sixth|seventh|eighth|"
    r"ninth|tenth|eleventh|twelfth"
)
_DE_UNITS: Final = r"null|eins|ein|zwei|zwo|drei|vier|funf|sechs|sech|sieben|sieb|acht|neun"
_DE: Final = (
    rf"\d+|(?=.{{3}})(?!eine?[nmrs]?$)(?:{_DE_UNITS}|erst|dritt|siebt|zehn|elf|zwolf|zwanzig|"
    r"dreissig|vierzig|hundert|tausend|und(?=.))+(?:s?te[nrms]?|e[nrms]?)?"
)
_ES: Final = (
    r"\d+|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
    r"dieci(?:seis|siete|ocho|nueve)|veinte|veinti(?:un|uno|dos|tres|cuatro|cinco|seis|siete|ocho|"
    r"nueve)|treinta|cuarenta|cien|ciento|mil|primero"
)
_ZH: Final = r"[0-9零〇一幺二两三四五六七八九十百千]"

_NUMBERS: Final = {
    language: re.compile(pattern)
    for language, pattern in {"en": _EN, "de": _DE, "es": _ES, "zh": _ZH}.items()
}


def is_number(token: str, language: str) -> bool:
    """Whether a folded token is a number or a part of one."""
    return _NUMBERS[language].fullmatch(token) is not None


def digits_of(token: str, language: str) -> str | None:
    """The digits that a token spells one by one; None when it does not."""
    if token.isascii() and token.isdigit():
        return token
    return DIGIT_WORDS[language].get(token)

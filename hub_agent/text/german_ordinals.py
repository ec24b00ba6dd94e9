"""German ordinals: "3." is "dritte", "dritten" or "dritter", and sometimes just the end."""

import re

from hub_agent.text import german_words as words
from hub_agent.text import numbers
from hub_agent.text.tables import word_set

_STEMS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
_WEAK_EN = word_set(
    "am im vom zum zur beim dem den des einem einen einer eines diesem diesen dieses jedem jeden "
    "jenem jenen meinem meinen meiner deinem deinen deiner seinem seinen seiner ihrem ihren ihrer "
    "unserem unseren unserer eurem euren eurer keinem keinen keiner bis ab seit übers ans ins "
    "zu welchem welchen"
)
_WEAK_E = word_set(
    "der die das diese dieser jede jeder jedes jene jener eine meine deine seine ihre unsere eure "
    "keine welche welcher welches"
)
_PREPOSITIONS = word_set(
    "in an auf von mit bei nach aus zu vor seit neben unter über hinter zwischen ab während "
    "wegen trotz"
)
_LINKS = frozenset({"bis", "und", "oder", "-", "–"})
_FINAL = frozenset({"am", "der", "den", "dem", "vom", "zum", "des", "die", "das"})
_DAY = re.compile(r"\d{1,3}\.(?:\d{1,2}\.)?")
_LOOK_BACK = 60


def continues(number: str, following: str) -> bool:
    """Whether "number." before the word `following` is an ordinal, not the end of a sentence."""
    if not following or len(number) > 3:
        return False
    if following[0].isdigit():
        return len(number) <= 2
    if following[0].islower():
        return True
    word = following.rstrip(".,;:!?)\"'”“").lower()
    return following[0].isupper() and word not in words.SENTENCE_STARTERS


def words_before(match: re.Match[str]) -> list[str]:
    """The words before a match on its line, without the ordinals it is joined to by "bis"."""
    start = match.start()
    line = match.string[max(start - _LOOK_BACK, 0) : start].rpartition("\n")[2]
    before = line.lower().split()
    while len(before) >= 2 and before[-1] in _LINKS and _DAY.fullmatch(before[-2]):
        before = before[:-2]
    return before


def final(before: list[str]) -> bool:
    """Whether a number and a dot at the end of a sentence is an ordinal after these words."""
    return bool(before) and before[-1] in _FINAL


def spell(number: int, before: list[str], following: str) -> str:
    """The ordinal with the ending that the words around it ask for."""
    return stem(number) + _ending(before, following)


def stem(number: int) -> str:
    """The ordinal without its ending: `dritt`, `zwanzigst`."""
    rest = number % 100
    if rest == 0 or rest >= 20:
        return numbers.spell(number, "de", "numbering") + "st"
    head = numbers.spell(number - rest, "de", "numbering") if number > rest else ""
    gap = " " if number - rest >= 1_000_000 else ""
    return head + gap + _STEMS.get(rest, numbers.spell(rest, "de", "numbering") + "t")


def _ending(before: list[str], following: str) -> str:
    last = before[-1].lstrip("(\"'„“") if before else ""
    if last == "der" and len(before) > 1 and before[-2] in _PREPOSITIONS:
        return "en"
    if last in _WEAK_EN:
        return "en"
    if last in _WEAK_E or is_feminine(following):
        return "e"
    return "er"


def is_feminine(noun: str) -> bool:
    """Whether a noun looks feminine; German keeps no better sign than its ending."""
    plain = noun.strip(".,;:!?()\"'")
    if plain in words.FEMININE or plain in words.NOT_FEMININE:
        return plain in words.FEMININE
    return plain[:1].isupper() and plain.endswith(words.FEMININE_ENDINGS)

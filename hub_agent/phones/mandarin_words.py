"""Words joined before tone sandhi, because it works inside them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

LONGEST_THIRD_TONE_WORD = 3
"""Characters that two words with third tones may have to be spoken as one."""

Tones: TypeAlias = Callable[[str], list[int]]
"""The dictionary's tones of a word's characters."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its kind, as jieba names kinds: n noun, v verb, a adjective, r pronoun."""

    text: str
    kind: str


def merged(words: list[Word], tones: Tones) -> list[Word]:
    """The words in which 不, 一, doubling, third tones and 儿 change tones, each as one."""
    words = _with_following("不", words)
    words = _with_following("一", _between_verbs(words))
    words = _doubled(words)
    words = _third_tones(words, tones, _all_third)
    words = _third_tones(words, tones, _third_meets_third)
    return _with_er(words)


def _with_following(text: str, words: list[Word]) -> list[Word]:
    joined: list[Word] = []
    for word in words:
        if joined and joined[-1].text == text and word.text[0].isalpha():
            joined[-1] = Word(text + word.text, word.kind)
        else:
            joined.append(word)
    return joined


def _between_verbs(words: list[Word]) -> list[Word]:
    """听 一 听 as one word."""
    joined: list[Word] = []
    for word in words:
        verb_one = joined[-2:]
        if (
            len(verb_one) == 2
            and verb_one[1].text == "一"
            and verb_one[0] == word
            and word.kind == "v"
        ):
            joined[-2:] = [Word(f"{word.text}一{word.text}", "v")]
        else:
            joined.append(word)
    return joined


def _doubled(words: list[Word]) -> list[Word]:
    joined: list[Word] = []
    for word in words:
        if joined and joined[-1].text == word.text and word.text[0].isalpha():
            joined[-1] = Word(word.text * 2, word.kind)
        else:
            joined.append(word)
    return joined


def _third_tones(
    words: list[Word], tones: Tones, meets: Callable[[list[int], list[int]], bool]
) -> list[Word]:
    joined: list[Word] = []
    fresh = True
    for i, word in enumerate(words):
        before = words[i - 1] if i else None
        if (
            before is not None
            and fresh
            and meets(tones(before.text), tones(word.text))
            and not _is_doubled(before.text)
            and len(before.text) + len(word.text) <= LONGEST_THIRD_TONE_WORD
        ):
            joined[-1] = Word(joined[-1].text + word.text, before.kind)
            fresh = False
        else:
            joined.append(word)
            fresh = True
    return joined


def _all_third(before: list[int], after: list[int]) -> bool:
    return bool(before and after) and {*before, *after} == {3}


def _third_meets_third(before: list[int], after: list[int]) -> bool:
    return bool(before and after) and before[-1] == after[0] == 3


def _is_doubled(text: str) -> bool:
    return len(text) == 2 and text[0] == text[1]


def _with_er(words: list[Word]) -> list[Word]:
    joined: list[Word] = []
    for word in words:
        if word.text == "儿" and joined and joined[-1].text[-1].isalpha():
            joined[-1] = Word(joined[-1].text + "儿", joined[-1].kind)
        else:
            joined.append(word)
    return joined

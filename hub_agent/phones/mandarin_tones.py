"""Tone sandhi of Mandarin inside a word: 不, 一, the neutral tone, third tones, 儿."""

import rjieba

from hub_agent.phones.mandarin_neutral import FULL_TONE, NEUTRAL
from hub_agent.phones.mandarin_words import Word

_NEUTRAL_TONE = 5
_PARTICLES = frozenset("吧呢哈啊呐噻嘛吖嗨哦哒哩哟喽啰耶喔诶的地得")
_ASPECT = frozenset("了着过")
_ASPECT_KINDS = frozenset({"ul", "uz", "ug"})
_COUNTS = frozenset("几有两半多各整每做是")
_DIRECTIONS = frozenset("上下进出回过起开")
_ER_ALONE_AFTER = frozenset("女婴幼孤胎患少健男侄孙宠弃乞血妻托产虐花虫马鸟猪猫狗")
"""After these 儿 is a child or a little creature, and keeps its tone."""

_ER_KEPT_KINDS = frozenset({"a", "j", "nr"})


def spoken_tones(word: Word, tones: list[int]) -> list[int]:
    """The tones of the word's characters as they are spoken; 5 is the neutral tone."""
    if len(tones) != len(word.text):
        return tones
    tones = _of_bu(word.text, tones)
    tones = _of_yi(word.text, tones)
    tones = _neutral(word, tones)
    tones = _of_third_tones(word.text, tones)
    return _of_er(word, tones)


def _of_bu(text: str, tones: list[int]) -> list[int]:
    """看不懂 neutral; before a fourth tone, second: 不怕."""
    if len(text) == 3 and text[1] == "不":
        return [tones[0], _NEUTRAL_TONE, tones[2]]
    return [
        2 if character == "不" and tones[i + 1 : i + 2] == [4] else tones[i]
        for i, character in enumerate(text)
    ]


def _of_yi(text: str, tones: list[int]) -> list[int]:
    """First tone in numbers; 看一看 neutral; 一段 second, 一天 fourth."""
    if "一" not in text or all(character.isnumeric() for character in text):
        return tones
    if len(text) == 3 and text[1] == "一" and text[0] == text[2]:
        return [tones[0], _NEUTRAL_TONE, tones[2]]
    if text.startswith("第一"):
        return [tones[0], 1, *tones[2:]]
    following = [*tones[1:], 0]
    return [
        (2 if following[i] == 4 else 4) if character == "一" and following[i] else tones[i]
        for i, character in enumerate(text)
    ]


def _neutral(word: Word, tones: list[int]) -> list[int]:
    text, kind = word.text, word.kind
    tones = list(tones)
    if kind[:1] in {"n", "v", "a"} and text not in FULL_TONE:
        for i in range(1, len(text)):
            if text[i] == text[i - 1] and i in {1, len(text) - 1}:
                tones[i] = _NEUTRAL_TONE
    if text in FULL_TONE and text[-1] == "子":
        tones[-1] = 3
    measure = text.find("个")
    if _ends_neutral(word):
        tones[-1] = _NEUTRAL_TONE
    elif text == "个" or (measure >= 1 and _counts(text[measure - 1])):
        tones[measure] = _NEUTRAL_TONE
    first, second = _halves(text)
    for half, end in ((first, len(first)), (second, len(text)), (text, len(text))):
        if half and (half in NEUTRAL or half[-2:] in NEUTRAL):
            tones[end - 1] = _NEUTRAL_TONE
    return tones


def _ends_neutral(word: Word) -> bool:
    text, kind = word.text, word.kind
    if text in FULL_TONE:
        return False
    if text[-1] in _PARTICLES:
        return True
    if len(text) == 1:
        return text in _ASPECT and kind in _ASPECT_KINDS
    return (
        (text[-1] in "们子" and kind in {"r", "n"})
        or (text[-1] in "上下里" and kind in {"s", "l", "f"})
        or (text[-1] in "来去" and text[-2] in _DIRECTIONS)
    )


def _counts(character: str) -> bool:
    return character.isnumeric() or character in _COUNTS


def _of_third_tones(text: str, tones: list[int]) -> list[int]:
    """The first of two third tones is spoken as a second."""
    match len(text):
        case 2:
            return _pair(tones)
        case 3:
            return _of_three(text, tones)
        case 4:
            return _pair(tones[:2]) + _pair(tones[2:])
        case _:
            return tones


def _pair(tones: list[int]) -> list[int]:
    return [2, 3] if tones == [3, 3] else tones


def _of_three(text: str, tones: list[int]) -> list[int]:
    """蒙古/包 2 2 3, 纸/老虎 3 2 3, 所有/人, 好/喜欢."""
    cut = len(_halves(text)[0])
    if tones == [3, 3, 3]:
        return [2, 2, 3] if cut == 2 else [3, 2, 3]
    if cut == 2:
        return _pair(tones[:2]) + tones[2:]
    tones = tones[:1] + _pair(tones[1:])
    return [2, *tones[1:]] if tones[:2] == [3, 3] else tones


def _halves(text: str) -> tuple[str, str]:
    """The word cut at the shortest word inside it, which begins or ends it."""
    shortest = min(rjieba.cut_for_search(text), key=len, default=text)
    if text.startswith(shortest):
        return shortest, text[len(shortest) :]
    return text[: -len(shortest)], shortest


def _of_er(word: Word, tones: list[int]) -> list[int]:
    """Where 儿 only colours the syllable before, it takes that one's tone."""
    text = word.text
    if not text.endswith("儿") or len(text) == 1:
        return tones
    alone = text[-2] in _ER_ALONE_AFTER or word.kind in _ER_KEPT_KINDS
    return [*tones[:-1], 2 if alone else tones[-2]]

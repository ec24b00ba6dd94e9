"""Standard pronunciation of Korean (표준 발음법, 1988), rule by rule on neighbouring syllables.

Numbers in the docstrings are its articles. What needs a dictionary is left out: ㄴ inserted in
compounds (29), tension between nouns (28) and in Sino-Korean words (26).
"""

from itertools import pairwise

from hub_agent.phones.hangul import CLUSTERS, Syllable

_TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
_WITH_H = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))
_PLAIN_CODA = {
    **dict.fromkeys("ㄱㄲㅋㄳㄺ", "ㄱ"),
    **dict.fromkeys("ㄷㅅㅆㅈㅊㅌㅎ", "ㄷ"),
    **dict.fromkeys("ㅂㅍㅄㄿ", "ㅂ"),
    **dict.fromkeys("ㄴㄵㄶ", "ㄴ"),
    **dict.fromkeys("ㄹㄼㄽㄾㅀ", "ㄹ"),
    **dict.fromkeys("ㅁㄻ", "ㅁ"),
    "ㅇ": "ㅇ",
}
_NASAL = dict(zip("ㄱㄷㅂ", "ㅇㄴㅁ", strict=True))
_OBSTRUENT = frozenset("ㄱㄲㅋㄳㄺㄷㅅㅆㅈㅊㅌㅂㅍㅄㄿㄼㄾㄵ")
_PAST = frozenset({"", "ㅆ"})
"""붙여 and 붙였다 have an ending in ㅕ; 맏형 has none."""

_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}
_NO_GLIDE_AFTER = frozenset("ㅈㅉㅊ")
_STEM_ENDINGS = frozenset("다고지게더")
_NOUNS_IN_LG = frozenset("닭흙칡삵슭")
_BOUND_NOUNS = frozenset("거것게건걸겁수줄바데듯지")


def pronounce(syllables: list[Syllable], written: str) -> None:
    """Change the syllables of a phrase, in place, to what is said; `written` are its characters."""
    for syllable in syllables:
        _simplify_ui(syllable)
    for i, (before, after) in enumerate(pairwise(syllables)):
        _meet(before, after, written[i], written[i + 1])
    if syllables:
        syllables[-1].coda = _plain(syllables[-1].coda)
    for syllable in syllables:
        _simplify_yeo(syllable)


def _meet(before: Syllable, after: Syllable, written_before: str, written_after: str) -> None:
    if not before.coda:
        return
    _palatalise(before, after)
    if not _merge_h(before, after) and not _link(before, after):
        _tense(before, after, written_before, written_after)
        _narrow(before, after, written_before)
        _assimilate(before, after)


def _palatalise(before: Syllable, after: Syllable) -> None:
    """17: 굳이 구지, 같이 가치, 묻히다 무치다."""
    if after.spaced or not (after.vowel == "ㅣ" or (after.vowel == "ㅕ" and after.coda in _PAST)):
        return
    last = CLUSTERS.get(before.coda, before.coda)[-1:]
    if after.onset == "ㅇ" and last in _PALATAL:
        before.coda, after.onset = before.coda_without_last(), _PALATAL[last]
    elif after.onset == "ㅎ" and last == "ㄷ":
        before.coda, after.onset = "", "ㅊ"


def _merge_h(before: Syllable, after: Syllable) -> bool:
    """12: 놓고 노코, 많다 만타, 닿소 다쏘, 놓는 논는, 좋아 조아; 각하 가카, 꽂히다 꼬치다."""
    if CLUSTERS.get(before.coda, before.coda)[-1:] == "ㅎ":
        return _drop_h(before, after)
    if after.onset != "ㅎ" or not before.coda:
        return False
    first, last = before.coda_without_last(), CLUSTERS.get(before.coda, before.coda)[-1:]
    if after.spaced:
        first, last = "", _plain(before.coda)
    elif last not in _WITH_H:
        last = _plain(last)
    if last not in _WITH_H:
        return False
    before.coda, after.onset = first, _WITH_H[last]
    return True


def _drop_h(before: Syllable, after: Syllable) -> bool:
    rest = before.coda_without_last()
    if after.onset in _WITH_H:
        before.coda, after.onset = rest, _WITH_H[after.onset]
    elif after.onset == "ㅅ":
        before.coda, after.onset = rest, "ㅆ"
    elif after.onset == "ㄴ":
        before.coda = rest or "ㄴ"
        if rest == "ㄹ":
            after.onset = "ㄹ"
    elif after.onset == "ㅇ" and not after.spaced:
        before.coda, after.onset = "", rest or "ㅇ"
    else:
        before.coda = rest
        return False
    return True


def _link(before: Syllable, after: Syllable) -> bool:
    """13, 14: 옷이 오시, 닭을 달글, 넋이 넉씨; 15, over a blank: 옷 안 오 단."""
    if after.onset != "ㅇ" or before.coda == "ㅇ":
        return False
    last = CLUSTERS.get(before.coda, before.coda)[-1:]
    rest = before.coda_without_last()
    if after.spaced:
        before.coda, after.onset = "", _plain(before.coda)
    else:
        before.coda, after.onset = rest, "ㅆ" if rest and last == "ㅅ" else last
    return True


def _tense(before: Syllable, after: Syllable, written_before: str, written_after: str) -> None:
    """23: 국밥 국빱; 24: 닮고 담꼬; 25: 넓게 널께; 27: 할 것을 할꺼슬."""
    if after.onset not in _TENSE:
        return
    modifies = before.coda == "ㄹ" and after.spaced and written_after in _BOUND_NOUNS
    stem = before.coda == "ㄻ" and written_after in _STEM_ENDINGS
    if before.coda in _OBSTRUENT or (modifies and written_before != "를") or stem:
        after.onset = _TENSE[after.onset]


def _narrow(before: Syllable, after: Syllable, written_before: str) -> None:
    """9, 10, 11: one of seven consonants is left; 밟다 밥따, 맑게 말께, 닭과 닥꽈."""
    if written_before == "밟":
        before.coda = "ㅂ"
    elif before.coda == "ㄺ" and after.onset == "ㄲ" and written_before not in _NOUNS_IN_LG:
        before.coda = "ㄹ"
    before.coda = _plain(before.coda)


def _assimilate(before: Syllable, after: Syllable) -> None:
    """18: 먹는 멍는; 19: 담력 담녁, 협력 혐녁; 20: 난로 날로, 칼날 칼랄."""
    if after.onset == "ㄹ" and before.coda in {*"ㅁㅇㄱㄷㅂ"}:
        after.onset = "ㄴ"
    if after.onset in {"ㄴ", "ㅁ"}:
        before.coda = _NASAL.get(before.coda, before.coda)
    if (before.coda, after.onset) == ("ㄴ", "ㄹ"):
        before.coda = "ㄹ"
    elif (before.coda, after.onset) == ("ㄹ", "ㄴ") and not _is_particle(before, after):
        after.onset = "ㄹ"


def _is_particle(before: Syllable, after: Syllable) -> bool:
    """을 and 를 keep their distance from the next word."""
    return after.spaced and before.onset in {"ㅇ", "ㄹ"} and before.vowel == "ㅡ"


def _simplify_ui(syllable: Syllable) -> None:
    """5: 희망 히망."""
    if syllable.onset != "ㅇ" and syllable.vowel == "ㅢ":
        syllable.vowel = "ㅣ"


def _simplify_yeo(syllable: Syllable) -> None:
    """5: 져 저, 붙여 부처."""
    if syllable.onset in _NO_GLIDE_AFTER and syllable.vowel == "ㅕ":
        syllable.vowel = "ㅓ"


def _plain(coda: str) -> str:
    return _PLAIN_CODA.get(coda, coda)

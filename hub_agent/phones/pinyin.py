"""Pinyin syllables as pairs of an initial and a final of the phone table."""

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_NULL_INITIAL = {"a": "AA", "e": "EE", "o": "OO"}
_FINALS_AFTER = {
    "y": {"an": "En", "e": "E", "u": "v", "uan": "van", "ue": "ve", "un": "vn"},
    **{initial: {"u": "v", "uan": "van", "ue": "ve", "un": "vn"} for initial in ("j", "q", "x")},
    **{initial: {"i": "ir"} for initial in ("zh", "ch", "sh", "r")},
    **{initial: {"i": "i0"} for initial in ("z", "c", "s")},
    **{initial: {"ue": "ve"} for initial in ("n", "l")},
}
_INTERJECTIONS = {"m": "mu", "n": "en", "ng": "en", "hm": "hen", "hng": "heng", "ê": "ei"}
"""Syllables without a vowel, and the nearest ones that the models know."""


def initial_and_final(syllable: str) -> tuple[str, str]:
    """`zhuang` as `zh`, `uang`; no tone, `v` for ü; a null initial is `AA`, `EE` or `OO`."""
    syllable = _INTERJECTIONS.get(syllable, syllable)
    for initial in _INITIALS:
        if syllable.startswith(initial) and len(syllable) > len(initial):
            final = syllable[len(initial) :]
            return initial, _FINALS_AFTER.get(initial, {}).get(final, final)
    return _NULL_INITIAL.get(syllable[:1], ""), syllable

"""Which language a text is in, as far as its script tells."""

import unicodedata
from collections import Counter

LOOKED_AT = 200
"""Characters at the start of a text that decide."""

_SCRIPT_OF_PREFIX = {
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "HALFWIDTH KATAKANA": "kana",
    "HANGUL": "hangul",
    "CJK": "han",
    "CYRILLIC": "cyrillic",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
    "DEVANAGARI": "devanagari",
    "BENGALI": "bengali",
    "GURMUKHI": "gurmukhi",
    "GUJARATI": "gujarati",
    "ORIYA": "oriya",
    "TAMIL": "tamil",
    "TELUGU": "telugu",
    "KANNADA": "kannada",
    "MALAYALAM": "malayalam",
    "SINHALA": "sinhala",
    "THAI": "thai",
    "LAO": "lao",
    "TIBETAN": "tibetan",
    "MYANMAR": "myanmar",
    "GEORGIAN": "georgian",
    "ARMENIAN": "armenian",
    "ETHIOPIC": "ethiopic",
    "KHMER": "khmer",
    "LATIN": "latin",
}
_LANGUAGE_OF_SCRIPT = {
    "kana": "ja",
    "hangul": "ko",
    "han": "zh",
    "cyrillic": "ru",
    "greek": "el",
    "arabic": "ar",
    "hebrew": "he",
    "devanagari": "hi",
    "bengali": "bn",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "oriya": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "thai": "th",
    "lao": "lo",
    "tibetan": "bo",
    "myanmar": "my",
    "georgian": "ka",
    "armenian": "hy",
    "ethiopic": "am",
    "khmer": "km",
    "latin": "en",
}
_SCRIPTS_OF_LANGUAGE: dict[str, frozenset[str]] = {
    "zh": frozenset({"han"}),
    "cmn": frozenset({"han"}),
    "yue": frozenset({"han"}),
    "nan": frozenset({"han", "latin"}),
    "wuu": frozenset({"han"}),
    "ja": frozenset({"kana", "han"}),
    "ko": frozenset({"hangul"}),
    "sr": frozenset({"cyrillic", "latin"}),
    "bs": frozenset({"cyrillic", "latin"}),
    "kk": frozenset({"cyrillic", "latin"}),
    "uz": frozenset({"cyrillic", "latin"}),
    "az": frozenset({"cyrillic", "latin"}),
    "tt": frozenset({"cyrillic", "latin"}),
    "pa": frozenset({"gurmukhi", "arabic"}),
    "ku": frozenset({"latin", "arabic"}),
    "ms": frozenset({"latin", "arabic"}),
    "kok": frozenset({"devanagari", "latin"}),
    **dict.fromkeys(
        ("ru", "uk", "be", "bg", "mk", "ky", "mn", "tg", "ba", "cv", "ce", "os"),
        frozenset({"cyrillic"}),
    ),
    **dict.fromkeys(
        ("ar", "fa", "ur", "ps", "ug", "sd", "ckb", "arz", "ary"), frozenset({"arabic"})
    ),
    **dict.fromkeys(("he", "yi"), frozenset({"hebrew"})),
    **dict.fromkeys(("hi", "mr", "ne", "sa", "bho", "mai"), frozenset({"devanagari"})),
    **dict.fromkeys(("bn", "as"), frozenset({"bengali"})),
    **dict.fromkeys(("am", "ti"), frozenset({"ethiopic"})),
    "el": frozenset({"greek"}),
    "grc": frozenset({"greek"}),
    "gu": frozenset({"gujarati"}),
    "or": frozenset({"oriya"}),
    "ta": frozenset({"tamil"}),
    "te": frozenset({"telugu"}),
    "kn": frozenset({"kannada"}),
    "ml": frozenset({"malayalam"}),
    "si": frozenset({"sinhala"}),
    "th": frozenset({"thai"}),
    "lo": frozenset({"lao"}),
    "bo": frozenset({"tibetan"}),
    "my": frozenset({"myanmar"}),
    "ka": frozenset({"georgian"}),
    "hy": frozenset({"armenian"}),
    "km": frozenset({"khmer"}),
}
_WEIGHTS = {"latin": 1, "han": 8, "kana": 8, "hangul": 8}
_OTHER_WEIGHT = 4
"""Latin names stand in texts of every script, seldom the other way round: 打开 Home Assistant."""

_SCRIPT_OF_SUBTAG = {"latn": "latin", "cyrl": "cyrillic", "arab": "arabic", "deva": "devanagari"}


def base(language: str) -> str:
    """The primary subtag in lower case: `en` of `en_GB`."""
    return language.strip().replace("_", "-").split("-", 1)[0].lower()


def guess_language(text: str, default: str) -> str:
    """The language that the script of the text's beginning belongs to.

    `default` stays whenever it is written in that script, and when the text has no letters.
    Japanese is told from Chinese by its kana: a few among the characters are enough.
    """
    counts = Counter[str]()
    for script in filter(None, map(_script, text[:LOOKED_AT])):
        counts[script] += _WEIGHTS.get(script, _OTHER_WEIGHT)
    if not counts:
        return default
    if counts["kana"] and counts["kana"] * 8 >= counts["han"]:
        counts["kana"] += counts.pop("han", 0)
    main = counts.most_common(1)[0][0]
    return default if main in _scripts(default) else _LANGUAGE_OF_SCRIPT[main]


def _scripts(language: str) -> frozenset[str]:
    for subtag in language.replace("_", "-").lower().split("-")[1:]:
        if subtag in _SCRIPT_OF_SUBTAG:
            return frozenset({_SCRIPT_OF_SUBTAG[subtag]})
    return _SCRIPTS_OF_LANGUAGE.get(base(language), frozenset({"latin"}))


def _script(character: str) -> str | None:
    if not character.isalpha():
        return None
    if character < "\u0250":
        return "latin"
    name = unicodedata.name(character, "")
    prefix = name.split(" ", 1)[0]
    if prefix == "HALFWIDTH" or prefix == "FULLWIDTH":
        return "kana" if "KATAKANA" in name else "latin" if "LATIN" in name else "hangul"
    return _SCRIPT_OF_PREFIX.get(prefix)

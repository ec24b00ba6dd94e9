"""The languages in which people can agree."""

from typing import Final

LANGUAGES: Final = ("en", "zh", "de", "es")
_CHINESE: Final = frozenset({"zh", "zho", "cmn"})


def statement_language(tag: str) -> str:
    """The one of `LANGUAGES` that suits a BCP 47 tag best; English where there is none."""
    language = tag.lower().replace("_", "-").split("-")[0]
    if language in _CHINESE:
        return "zh"
    return language if language in LANGUAGES else "en"

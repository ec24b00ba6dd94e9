"""The sentence that says that a voice is synthetic, in the listener's language."""

from typing import Final

from hub_agent.text.language import base

_NOTICES: Final = {
    "en": "This voice is artificially generated.",
    "de": "Diese Stimme ist künstlich erzeugt.",
    "es": "Esta voz se ha generado artificialmente.",
    "fr": "Cette voix est générée artificiellement.",
    "it": "Questa voce è generata artificialmente.",
    "nl": "Deze stem is kunstmatig gegenereerd.",
    "pt": "Esta voz foi gerada artificialmente.",
    "pl": "Ten głos został wygenerowany sztucznie.",
    "zh": "本语音由人工智能合成。",
    "ja": "このおんせいは、じんこうちのうで、ごうせいされています。",
    "ko": "이 음성은 인공지능으로 합성되었습니다.",
}
"""The Chinese one holds the words that GB 45438-2025, 5.3 asks for; the Japanese one is in kana,
which every engine can read."""

_SAME: Final = {"cmn": "zh"}

SLOWER: Final = {"zh": 0.75}
"""144 characters a minute with the embedded engine; the same rule asks for 120 to 160."""


def notice(language: str) -> str | None:
    """The sentence for a BCP 47 tag; None in a language that we do not have it in."""
    return _NOTICES.get(_key(language))


def notice_rate(language: str) -> float:
    """The speaking rate of the sentence, however quick the text is read."""
    return SLOWER.get(_key(language), 1.0)


def _key(language: str) -> str:
    tag = base(language)
    return _SAME.get(tag, tag)

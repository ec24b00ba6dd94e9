"""What holds for any text: the normaliser, the segmenter and the guess of the language."""

import itertools
import re
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub_agent.text.cleaning import clean
from hub_agent.text.language import guess_language
from hub_agent.text.normalise import normalise
from hub_agent.text.segment import Segment
from hub_agent.text.segmenter import LONGEST_SEGMENT, Segmenter, segments
from hub_agent.text.tokens import weigh

LANGUAGES = ["en", "en-GB", "de", "zh", "zh-TW", "fr", "ja", "th", "el", "ar"]
READ_OUT = ["en-US", "en-GB", "de-AT", "zh-CN", "cmn", "zh-Hant-HK"]

anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
FRAGMENTS = """Dr. Smith|usw.|21.5|°C|7:30|pm|3.|;|November|2026|-3|$5.99|5 €|1,234|1.234,5|
e.g.|z. B.|Hello|world,|and|the|Haus|ist|kalt.|Really?|Stop!|…|...|–|-|5-7|1/2|+49 170 1234567|007|
https://example.com/a?b=1.|a@b.org|<b>bold</b>|<p>|<br/>|<a href='x y. z'>|[link](http://x y)|
](|<|>|**|_|`|#|\n|\n\n|\r\n|\t| |  |你好|今天|，|。|！|21.5度|第3|2026年11月21日|“|”|(|)|"|'|
مرحبا؟|नमस्ते।|สวัสดี|🎉|👨\u200d👩\u200d👧|\u200f|\x00|\ud800|e\u0301|Ω|½|①|²|&amp;|&#10;|No. 5|St.|
1. Mai|am 3.|km/h|%|24/7|192.168.1.1|v1.2.3|12:30:15|x|80s|1990s|A4|COVID-19|~5|5*3|<5|i. d. R.
"""
fragments = st.sampled_from([part.removeprefix("\n") for part in FRAGMENTS.strip().split("|")])
texts = st.lists(
    st.one_of(fragments, fragments.map(lambda part: f"{part} "), anything), max_size=14
).map("".join)
words = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyzäöüß", min_size=1, max_size=12), min_size=1, max_size=120
)


def streamed(pieces: list[str], language: str) -> list[Segment]:
    segmenter = Segmenter(language)
    fed = [segment for piece in pieces for segment in segmenter.feed(piece)]
    return fed + segmenter.finish()


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(bounds)]


@settings(deadline=None)
@given(texts, st.sampled_from(LANGUAGES))
def test_any_text_is_normalised_to_composed_text_without_controls(text: str, language: str) -> None:
    spoken = normalise(text, language)
    assert unicodedata.is_normalized("NFC", spoken)
    assert not any(
        unicodedata.category(sign) in {"Cc", "Cs", "Co"} for sign in spoken.replace("\n", "")
    )
    assert "\n\n" not in spoken
    assert "  " not in spoken


@settings(deadline=None)
@given(texts, st.sampled_from(READ_OUT))
def test_no_digit_is_left_where_numbers_are_read_out(text: str, language: str) -> None:
    assert not any(map(str.isdigit, normalise(text, language)))


@settings(deadline=None)
@given(texts)
def test_cleaning_drops_tags_and_emoji(text: str) -> None:
    cleaned = clean(f"{text} <b>x</b> 🎉")
    assert "<b>" not in cleaned
    assert "🎉" not in cleaned


@settings(deadline=None)
@given(words, st.sampled_from(LANGUAGES))
def test_normalising_plain_words_changes_nothing_and_twice_is_once(
    plain: list[str], language: str
) -> None:
    text = " ".join(plain)
    assert normalise(text, language) == text


@settings(max_examples=400, deadline=None)
@given(texts, st.lists(st.integers(0, 4000), max_size=12), st.sampled_from(LANGUAGES))
@example("Hi. <a href='x y. z'>you", [5, 9, 12, 16], "en")
@example("See [it](http://x y) now. Then go.", [9, 10, 14], "en")
def test_cutting_the_text_differently_never_changes_the_segments(
    text: str, places: list[int], language: str
) -> None:
    assert streamed(cut(text, places), language) == streamed([text], language)


@settings(deadline=None)
@given(texts, st.sampled_from(LANGUAGES))
def test_single_characters_give_the_segments_of_the_whole_text(text: str, language: str) -> None:
    assert streamed(list(text), language) == list(segments(text, language))


@settings(deadline=None)
@given(texts, st.sampled_from(LANGUAGES))
@example("9" * 700, "en")
@example("x" * 5000, "de")
@example("好" * 900, "zh")
@example("e\u0301" * 900, "fr")
def test_every_segment_is_short_numbered_and_speakable(text: str, language: str) -> None:
    found = streamed([text], language)
    assert [segment.index for segment in found] == list(range(len(found)))
    for segment in found:
        assert weigh(segment.text) <= LONGEST_SEGMENT
        assert any(map(str.isalnum, segment.text))
        assert segment.text == segment.text.strip()
        assert "\n" not in segment.text
        assert segment.language == language


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(words, st.sampled_from(["", ",", ".", "?", "!", ";", ":", "\n", "..."])),
        max_size=8,
    ),
    st.sampled_from(["en", "de", "fr", "el", "ru"]),
)
def test_no_word_is_lost_or_doubled(parts: list[tuple[list[str], str]], language: str) -> None:
    text = " ".join(" ".join(plain) + mark for plain, mark in parts)
    spoken = " ".join(segment.text for segment in segments(text, language))
    assert re.findall(r"\w+", spoken) == re.findall(r"\w+", normalise(text, language))


@settings(deadline=None)
@given(st.text("今天我们去公园散步然后回家，。！？的是了在", max_size=300))
def test_no_character_of_chinese_is_lost_or_doubled(text: str) -> None:
    spoken = "".join(segment.text for segment in segments(text, "zh"))
    assert re.findall(r"\w", spoken) == re.findall(r"\w", normalise(text, "zh"))


@settings(deadline=None)
@given(words)
def test_the_first_segment_of_plain_words_is_short(plain: list[str]) -> None:
    first = next(segments(" ".join(plain), "en"))
    assert len(first.text.split()) <= 10


@settings(deadline=None)
@given(anything, st.sampled_from(LANGUAGES))
def test_a_guessed_language_is_a_tag(text: str, default: str) -> None:
    assert re.fullmatch(r"[A-Za-z-]{2,12}", guess_language(text, default))


GARBAGE = {
    "digits": "1",
    "digits and blanks": "1 ",
    "thousands": "1,111,",
    "points": "1.",
    "ranges": "1-",
    "clock": "1:",
    "fractions": "1/",
    "open tags": "<a ",
    "less than": "<",
    "link ends": "](",
    "addresses": "www.",
    "schemes": "http://",
    "mails": "a@",
    "dotted": "ab.",
    "quotes": '" ',
    "blanks": " ",
    "newlines": "\n",
    "stops": " .",
    "marks": "\u0301",
    "joined emoji": "👨\u200d",
    "zeros": "00 ",
    "money": "$1 ",
    "phones": "+1()",
    "Chinese": "今2",
    "abbreviations": "Dr. ",
    "brackets": "( ",
}


@pytest.mark.parametrize(
    ("kind", "language"),
    list(zip(GARBAGE, itertools.cycle(("en", "de", "zh", "en")), strict=False)),
)
def test_garbage_costs_time_in_proportion_to_its_length(kind: str, language: str) -> None:
    text = (GARBAGE[kind] * 50_000)[:50_000]
    began = time.process_time()
    normalise(text, language)
    assert time.process_time() - began < 3.0  # in proportion 0.1 to 0.6, squared 5 and more


@pytest.mark.parametrize("garbage", ["x", "<", "1 ", "好", " ", "a <b> ", '" ', "<p>"])
def test_ten_thousand_single_characters_take_linear_time(garbage: str) -> None:
    text = (garbage * 10_000)[:10_000]
    began = time.process_time()
    streamed(list(text), "en")
    assert time.process_time() - began < 3.0

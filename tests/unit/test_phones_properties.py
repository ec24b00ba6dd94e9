"""What holds for any text in any language."""

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub_agent.phones import LANGUAGES, phones_of
from hub_agent.phones.scripts import split
from hub_agent.phones.symbols import SYMBOLS

WORDS = """晚饭|不|一|儿|了|门铃响了|お風呂|が|カタカナ|ー|々|안녕|하세요|ㅋ|ㄳ|食飯未呀|唔|Hello|
world's|NASA|zibble|I|25|3.5|-|9:30|。|，|!|?|…|\n| |“|(|%|é|ß|\ud800|\x00|🎉|Привет|हिन्दी|〇|㐀|
\U00020000|ｶﾞ|ｱ|e\u0301|\u200b|\u3099|[|]|_|#|$|^|~|·"""
fragments = st.sampled_from([word.removeprefix("\n") for word in WORDS.split("|")])
texts = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=30),
    st.lists(fragments, max_size=12).map("".join),
)


@settings(deadline=None, max_examples=150)
@given(text=texts, language=st.sampled_from(LANGUAGES))
@example(text="0㐀.", language="zh")
def test_any_text_has_phones_of_the_table(text: str, language: str) -> None:
    phones = phones_of(text, language)
    assert phones.ids.dtype == np.int64
    assert phones.ids.ndim == 1
    assert len(phones.ids) == len(phones.symbols) >= 1
    assert [SYMBOLS[row] for row in phones.ids] == list(phones.symbols)
    for part in phones.parts:
        if part.word2ph is not None:
            assert len(part.word2ph) == len(part.text)
            assert sum(part.word2ph) == len(part.symbols)


@settings(deadline=None)
@given(text=texts, language=st.sampled_from(LANGUAGES))
def test_the_stretches_of_a_text_are_the_text(text: str, language: str) -> None:
    assert "".join(stretch for _, stretch in split(text, language)) == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "晚饭还有十五分钟就好，",
        "一",
        "Zibblewocky runs. ",
        "a",
        "お風呂が沸きました、",
        "닭고기 값이 ",
        "1",
        "! ",
        "打开a",
    ],
)
def test_ten_kilobytes_take_less_than_two_seconds(text: str, language: str) -> None:
    long = (text * 10_000).encode()[:10_000].decode(errors="ignore")
    phones_of(text, language)
    start = time.process_time()
    phones_of(long, language)
    assert time.process_time() - start < 2

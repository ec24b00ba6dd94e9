"""Where text is cut for the engine."""

import re

import pytest

from hub_agent.text.normalise import normalise
from hub_agent.text.segment import Boundary
from hub_agent.text.segmenter import LONGEST_SEGMENT, Segmenter, segments
from hub_agent.text.tokens import weigh
from tests.unit.test_text_chinese import CASES as CHINESE
from tests.unit.test_text_english import CASES as ENGLISH
from tests.unit.test_text_german import CASES as GERMAN

WORD, CLAUSE, SENTENCE = Boundary.WORD, Boundary.CLAUSE, Boundary.SENTENCE
QUESTION, EXCLAMATION, PARAGRAPH = Boundary.QUESTION, Boundary.EXCLAMATION, Boundary.PARAGRAPH

FOX = (
    "The quick brown fox jumps over the lazy dog while the children are playing in the garden "
    "behind the old house near the river that flows through the village and into the big sea "
    "where ships are sailing to countries far away with their heavy cargo of spices and silk"
)


def cuts(text: str, language: str = "en") -> list[str]:
    return [segment.text for segment in segments(text, language)]


def ends(text: str, language: str = "en") -> list[Boundary]:
    return [segment.boundary for segment in segments(text, language)]


def test_each_end_of_a_sentence_has_its_boundary() -> None:
    text = "Hello there. Did you hear? Stop now! Wait…\nNew line\nReally?\nThe end"
    assert ends(text) == [SENTENCE, QUESTION, EXCLAMATION, PARAGRAPH, PARAGRAPH, QUESTION, SENTENCE]


def test_the_first_clause_is_the_first_segment_and_later_sentences_stay_whole() -> None:
    found = list(segments("Good morning everyone, it is late. Get up, please, now.", "en"))
    assert [(part.text, part.boundary) for part in found] == [
        ("Good morning everyone,", CLAUSE),
        ("it is late.", SENTENCE),
        ("Get up, please, now.", SENTENCE),
    ]


def test_a_single_word_before_a_comma_is_not_a_segment() -> None:
    assert cuts("Attention: the door is open.") == ["Attention: the door is open."]


def test_a_long_first_sentence_is_cut_before_a_conjunction() -> None:
    first = next(segments(FOX, "en"))
    assert first.text == "The quick brown fox jumps over the lazy dog"
    assert first.boundary is WORD


def test_the_length_of_the_first_segment_can_be_chosen() -> None:
    segmenter = Segmenter("en", first_words=4)
    assert segmenter.feed(FOX)[0].text == "The quick brown fox jumps"


def test_no_cut_follows_an_article() -> None:
    text = "Please bring your sister Anna along with the the the the dog and cat today"
    assert not next(segments(text, "en")).text.endswith(" the")


def test_long_sentences_are_cut_at_a_clause() -> None:
    text = "Well then. " + "we walked along the river for a while, " * 8 + "and went home."
    found = list(segments(text, "en"))
    assert {part.boundary for part in found[1:-1]} == {CLAUSE}
    assert all(len(part.text) > 100 for part in found[1:-2])


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith and Mrs. Jones came by.",
        "It is 21.5 degrees at 7:30 p.m. today.",
        "J. R. Smith wrote it.",
        "Use tools, e.g. Hammer and nails.",
        "See No. 5 and Fig. 3 today.",
        "On Nov. 21 we leave.",
        "Look at https://example.com/a.b?c=d today.",
        "Version 1.2.3 is out.",
    ],
)
def test_a_dot_inside_an_english_sentence_does_not_end_it(sentence: str) -> None:
    found = cuts(f"Hello. {sentence} Bye.")
    assert found[0] == "Hello."
    assert found[-1] == "Bye."
    assert len(found) == 3


@pytest.mark.parametrize(
    "sentence",
    [
        "Am 3. November kommt Dr. Müller.",
        "Das ist z. B. Milch.",
        "Das ist z.B. Milch.",
        "Wir treffen uns am 21.11. um 7.30 Uhr.",
        "Der 2. Waschgang ist bzw. war fertig.",
        "Am 3. und 4. Mai ist frei.",
        "Nr. 5 lebt.",
    ],
)
def test_a_dot_inside_a_german_sentence_does_not_end_it(sentence: str) -> None:
    assert len(cuts(f"Hallo. {sentence} Ende.", "de")) == 3


def test_a_number_at_the_end_of_a_german_sentence_ends_it() -> None:
    assert cuts("Es ist 5. Die Tür ist auf.", "de") == ["Es ist fünf.", "Die Tür ist auf."]


def test_closing_quotes_and_brackets_stay_with_their_sentence() -> None:
    assert cuts('He said "stop!" (Really.) “Go on.” Then') == [
        'He said "stop!"',
        "(Really.)",
        "“Go on.”",
        "Then",
    ]


def test_a_quoted_exclamation_goes_on_with_a_small_letter() -> None:
    assert ends('Hello. "Stop!" she said loudly.') == [SENTENCE, SENTENCE]


def test_chinese_is_cut_without_blanks() -> None:
    found = list(segments("早上好，今天很冷。你带伞了吗？好的！", "zh"))
    assert [(part.text, part.boundary) for part in found] == [
        ("早上好，", CLAUSE),
        ("今天很冷。", SENTENCE),
        ("你带伞了吗？", QUESTION),
        ("好的！", EXCLAMATION),
    ]


def test_a_long_first_sentence_of_chinese_is_cut_at_ten_to_sixteen_characters() -> None:
    text = "今天下午我们一起去公园散步然后回家做饭并且看一部非常有意思的电影直到晚上十点才去睡觉"
    assert 10 <= len(cuts(text, "zh")[0]) <= 16


def test_chinese_numbers_and_dates_stay_whole() -> None:
    text = "请大家注意了，" + "我们将在2026年11月21日上午7:30在第3会议室开会" * 3
    spoken = "".join(cuts(text, "zh"))
    assert spoken == normalise(text, "zh")


def test_a_greek_semicolon_asks() -> None:
    assert ends("Τι κάνεις; Καλά.", "el") == [QUESTION, SENTENCE]
    assert ends("One two; three.", "en") == [CLAUSE, SENTENCE]


@pytest.mark.parametrize(
    ("text", "language", "boundaries"),
    [
        ("كيف حالك؟ أنا بخير.", "ar", [QUESTION, SENTENCE]),
        ("नमस्ते। आप कैसे हैं?", "hi", [SENTENCE, QUESTION]),
        ("ยินดีต้อนรับ สวัสดีครับ", "th", [CLAUSE, SENTENCE]),
        ("はい。そうですか？", "ja", [SENTENCE, QUESTION]),
        ("안녕하세요. 네!", "ko", [SENTENCE, EXCLAMATION]),
    ],
)
def test_other_scripts_have_their_own_marks(
    text: str, language: str, boundaries: list[Boundary]
) -> None:
    assert ends(text, language) == boundaries


@pytest.mark.parametrize("text", ["", " \n ", "...", "🎉🎉 !!! 👍", "<b></b>", "---\n***", "\x00"])
def test_nothing_to_say_gives_no_segment(text: str) -> None:
    assert cuts(text) == []


def test_markup_across_blanks_is_not_torn() -> None:
    text = "Look <a href='x y. Z'>here. Now</a> or [there](http://x.y 'a. B'). Bye"
    assert cuts(text) == ["Look here.", "Now or there.", "Bye"]


def test_a_segment_comes_as_soon_as_the_next_word_is_complete() -> None:
    segmenter = Segmenter("en")
    assert segmenter.feed("Hello there. The") == []
    assert [part.text for part in segmenter.feed(" door")] == ["Hello there."]
    assert [part.text for part in segmenter.finish()] == ["The door"]


def test_numbers_written_out_are_split_again() -> None:
    found = cuts("Code " + "9" * 300)
    assert sum(part.split().count("nine") for part in found) == 300
    assert max(map(weigh, found)) <= LONGEST_SEGMENT


@pytest.mark.parametrize(
    ("language", "cases"), [("en-US", ENGLISH), ("de", GERMAN), ("zh", CHINESE)]
)
def test_numbers_dates_and_units_are_never_torn_apart(
    language: str, cases: list[tuple[str, str]]
) -> None:
    filler = {"en-US": "now and then we say", "de": "jetzt und dann sagen wir", "zh": "现在我们说"}
    for written, _ in cases:
        if "\n" in written or "<" in written or "~" in written:
            continue
        text = f"{filler[language]} {written} {filler[language]}"
        spoken = " ".join(cuts(text, language))
        assert re.findall(r"[^\W_]", spoken) == re.findall(r"[^\W_]", normalise(text, language))

"""Sentences are opened and ended as in official inference."""

import pytest

from hub_agent.phones.sentence import ended, opened


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("好，来了", "zh", "。好，来了"),
        ("晚饭好了，来吧", "zh", "晚饭好了，来吧"),
        ("No, later", "en", ".No, later"),
        ("Dinner, now", "en", "Dinner, now"),
        ("…好", "zh", "…好"),
        ("", "ja", ""),
    ],
)
def test_a_short_first_clause_has_a_full_stop_before_it(
    text: str, language: str, wanted: str
) -> None:
    assert opened(text, language) == wanted


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("晚饭好了", "zh", "晚饭好了。"),
        ("Dinner ", "en", "Dinner."),
        ("밥 먹자!", "ko", "밥 먹자!"),
        (" ", "ja", ""),
    ],
)
def test_a_sentence_ends_in_a_mark(text: str, language: str, wanted: str) -> None:
    assert ended(text, language) == wanted

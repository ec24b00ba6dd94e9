"""What is taken away in every language, and what numbers cost to load."""

import subprocess
import sys

import pytest

from hub_agent.text.normalise import normalise
from hub_agent.text.numbers import spell


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("**gras** et _italique_", "gras et italique"),
        ("# Titre\n\n- un\n- deux", "Titre\nun\ndeux"),
        ("- [x] fait", "fait"),
        ("> cité", "cité"),
        ("```python\nx\n```", "x"),
        ("![image](a.png) [lien](http://b)", "image lien"),
        ("<p>Un</p><p>Deux</p>", "Un\nDeux"),
        ("a<br/>b", "a\nb"),
        ("<!-- note -->a", "a"),
        ("&lt;b&gt; &eacute;t&eacute; &#233;", "b été é"),
        ("living_room", "living room"),
        ("snake **", "snake"),
        ("Bonjour !", "Bonjour!"),
        ("Quoi ?!?!", "Quoi?!?!"),
        ("Non!!!!", "Non!"),
        ("attends.....", "attends…"),
        ("👍🏽 oui 🇫🇷", "oui"),
        ("21,5 °C et 5 €", "21,5 °C et 5 €"),
        ("a\u00a0b\u2009c\td", "a b c d"),
        ("a\u00adb\u200b\ufeff", "ab"),
        ("e\u0301", "é"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("3 < 5", "3 < 5"),
    ],
)
def test_markup_emoji_and_controls_go_and_numbers_stay(written: str, cleaned: str) -> None:
    assert normalise(written, "fr") == cleaned


def test_only_the_languages_read_out_load_number_rules() -> None:
    program = (
        "import sys\n"
        "from hub_agent.text.segmenter import segments\n"
        "list(segments('Il fait 21 degrés. Oui.', 'fr'))\n"
        "assert 'unicode_rbnf' not in sys.modules\n"
        "list(segments('It is cold. Yes.', 'en'))\n"
        "assert 'unicode_rbnf' not in sys.modules\n"
        "list(segments('It is 21 degrees.', 'en'))\n"
        "assert 'unicode_rbnf' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen"),
]
ONES += ["fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(number: int) -> str:
    for size, name in (
        (10**12, "trillion"),
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
    ):
        if number >= size:
            rest = number % size
            return f"{in_words(number // size)} {name}" + (f" {in_words(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (f" {in_words(rest)}" if rest else "")
    if number >= 20:
        rest = number % 10
        return TENS[number // 10] + (f" {ONES[rest]}" if rest else "")
    return ONES[number]


@pytest.mark.parametrize("power", range(15))
def test_numbers_in_words_agree_with_counting_by_hand(power: int) -> None:
    for number in {10**power + offset for offset in range(30)} | {
        7 * 10**power,
        10**power * 99 // 7,
    }:
        if len(str(number)) <= 15:
            assert spell(number, "en", "cardinal") == in_words(number)

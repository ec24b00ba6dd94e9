"""The language guessed from the script of a text."""

import pytest

from hub_agent.text.language import base, guess_language


@pytest.mark.parametrize(
    ("text", "default", "language"),
    [
        ("Hello", "en-GB", "en-GB"),
        ("Hallo Welt", "de", "de"),
        ("Bonjour à tous", "fr", "fr"),
        ("今天很冷", "en", "zh"),
        ("今天很冷", "ja", "ja"),
        ("今天很冷", "zh-TW", "zh-TW"),
        ("打开 Home Assistant", "en", "zh"),
        ("打开 Home Assistant", "zh", "zh"),
        ("今日はとても寒い", "en", "ja"),
        ("東京タワー", "zh", "ja"),
        ("안녕하세요", "en", "ko"),
        ("Привет", "en", "ru"),
        ("Привіт", "uk", "uk"),
        ("Здраво", "sr", "sr"),
        ("Zdravo", "sr", "sr"),
        ("Здраво", "sr-Latn", "ru"),
        ("Γειά σου", "en", "el"),
        ("مرحبا", "en", "ar"),
        ("سلام", "fa", "fa"),
        ("שלום", "en", "he"),
        ("नमस्ते", "en", "hi"),
        ("नमस्कार", "mr", "mr"),
        ("สวัสดี", "en", "th"),
        ("გამარჯობა", "en", "ka"),
        ("Hello there", "zh", "en"),
        ("21.5 !?", "ja", "ja"),
        ("", "de", "de"),
        ("🎉 \ud800", "de", "de"),
    ],
)
def test_the_script_decides_unless_it_fits_the_default(
    text: str, default: str, language: str
) -> None:
    assert guess_language(text, default) == language


def test_only_the_beginning_is_looked_at() -> None:
    assert guess_language("Hello " * 100 + "今天很冷" * 1000, "en") == "en"


@pytest.mark.parametrize(
    ("tag", "primary"),
    [("en", "en"), ("en-GB", "en"), ("ZH_hant_TW", "zh"), (" de ", "de"), ("", "")],
)
def test_the_base_of_a_tag_is_its_first_part(tag: str, primary: str) -> None:
    assert base(tag) == primary

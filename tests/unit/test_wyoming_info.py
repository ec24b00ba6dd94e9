"""What Home Assistant is told of the voices."""

from typing import Any

import pytest

from integrations.wyoming.info import info, shown_tag
from voices.voice import Voice, VoiceId, VoiceKind

GRANDMA = Voice(
    id=VoiceId("grandma"), name="Grandma", languages=("en-us",), engine="e", kind=VoiceKind.FAMILY
)
GERMAN = Voice(id=VoiceId("de"), name="German", languages=("de",), engine="e")
BRAZILIAN = Voice(id=VoiceId("pt-br"), name="Brazilian", languages=("pt-br", "pt"), engine="e")
ALL = (GERMAN, BRAZILIAN, GRANDMA)


def voices(*languages: str) -> list[dict[str, Any]]:
    (program,) = info("Hub Agent", ALL, languages).data["tts"]
    assert program["installed"]
    assert program["supports_synthesize_streaming"]
    listed: list[dict[str, Any]] = program["voices"]
    return listed


def test_families_come_first_then_names_in_order() -> None:
    assert [voice["name"] for voice in voices()] == ["grandma", "pt-br", "de"]


def test_people_see_names_and_programs_use_ids() -> None:
    first = voices()[0]
    assert (first["name"], first["description"]) == ("grandma", "Grandma")
    assert all(voice["installed"] for voice in voices())


def test_only_stock_voices_of_the_wanted_languages_are_offered() -> None:
    assert [voice["name"] for voice in voices("PT")] == ["grandma", "pt-br"]


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("en-us", "en-US"),
        ("pt_br", "pt-BR"),
        ("cmn-latn-pinyin", "cmn-Latn-pinyin"),
        ("es-419", "es-419"),
        ("en-gb-x-rp", "en-GB-x-rp"),
        ("de", "de"),
    ],
)
def test_languages_are_written_as_clients_compare_them(tag: str, shown: str) -> None:
    assert shown_tag(tag) == shown

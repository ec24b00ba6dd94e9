"""Which language reads what, how short texts are padded, what a missing reader says."""

import subprocess
import sys

import pytest

from hub_agent.phones import LANGUAGES, Note, phones_of
from hub_agent.phones.errors import LanguageNotReadError, ReaderMissingError


@pytest.mark.parametrize(
    ("text", "language", "stretches"),
    [
        ("打开Home Assistant，25度", "zh", [("zh", "打开"), ("en", "Home Assistant")]),
        ("WiFi 6路由器", "zh", [("en", "WiFi"), ("zh", "六路由器")]),
        ("去B2出口", "zh", [("zh", "去"), ("en", "B two"), ("zh", "出口")]),
        ("晚飯好喇，come on", "yue", [("yue", "晚飯好喇,"), ("en", "come on")]),
        ("東京駅は何番線ですか。", "zh", [("ja", "東京駅は何番線ですか.")]),
        ("你也喜欢まいご吗", "zh", [("zh", "你也喜欢"), ("ja", "まいご"), ("zh", "吗")]),
        ("東京駅", "ja", [("ja", "東京駅")]),
        ("東京駅", "ko", [("zh", "東京駅")]),
        ("문이 open", "ko", [("ko", "문이 "), ("en", "open")]),
        ("안녕하세요 여러분", "zh", [("ko", "안녕하세요 여러분")]),
    ],
)
def test_each_stretch_is_read_in_its_language(
    text: str, language: str, stretches: list[tuple[str, str]]
) -> None:
    parts = phones_of(text, language).parts
    found = [(part.language, part.text) for part in parts]
    for (of_part, said), (wanted, start) in zip(found, stretches, strict=False):
        assert (of_part, said[: len(start)]) == (wanted, start)
    assert len(found) >= len(stretches)


@pytest.mark.parametrize(
    ("text", "language", "phones"),
    [
        ("hi", "en", ", . HH AY1"),
        ("好", "zh", ". h ao3"),
        ("はい", "ja", ". h a ] i"),
        ("네", "ko", ". ㄴ ㅔ ."),
        ("好", "yue", ". Yh You2"),
        ("hello there", "en", "HH AH0 L OW1 DH EH1 R"),
    ],
)
def test_a_text_of_fewer_than_six_phones_starts_with_a_full_stop(
    text: str, language: str, phones: str
) -> None:
    assert " ".join(phones_of(text, language).symbols) == phones


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["", "  ", "…!?", "🎉", "Привет"])
def test_nothing_to_say_is_a_pause_and_is_noted(text: str, language: str) -> None:
    phones = phones_of(text, language)
    assert Note.SILENT in phones.notes
    assert 1 <= len(phones.ids) <= 4


@pytest.mark.parametrize(("tag", "language"), [("zh-CN", "zh"), ("cmn", "zh"), ("zh-yue", "yue")])
def test_tags_of_regions_name_their_language(tag: str, language: str) -> None:
    assert phones_of("晚上好，大家好", tag).languages == (language,)


def test_a_language_the_models_do_not_speak_is_refused_with_a_choice() -> None:
    with pytest.raises(LanguageNotReadError) as raised:
        phones_of("Guten Tag", "de")
    assert raised.value.hint == "choose one of zh, en, ja, ko, yue"


@pytest.mark.parametrize(
    ("library", "reader", "language", "text"),
    [
        ("rjieba", "mandarin", "zh", "你好"),
        ("ToJyutping", "cantonese", "yue", "你好"),
        ("haqumei", "japanese", "ja", "はい"),
    ],
)
def test_a_missing_reader_says_what_to_install(
    library: str, reader: str, language: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith(f"hub_agent.phones.{reader}")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ReaderMissingError) as raised:
        phones_of(text, language)
    assert raised.value.hint == f"pip install 'hub-agent[{language}]'"
    assert text not in str(raised.value)


def test_english_without_its_dictionary_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "hub_agent.phones.english", raising=False)
    monkeypatch.setattr("hub_agent.phones.cmu.find_spec", lambda _name: None)
    with pytest.raises(ReaderMissingError) as raised:
        phones_of("打开Home Assistant", "zh")
    assert raised.value.hint == "pip install 'hub-agent[en]'"


def test_a_reader_is_loaded_when_its_language_is_spoken() -> None:
    code = (
        "import sys\n"
        "from hub_agent.phones import phones_of\n"
        "phones_of('안녕하세요', 'ko')\n"
        "print({'rjieba', 'pypinyin', 'haqumei', 'ToJyutping'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_what_was_read_is_not_in_the_representation() -> None:
    assert "晚" not in repr(phones_of("晚上好，大家好", "zh"))

"""Prompt scripts: those that come along, and one's own."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices.errors import EnrolmentRefusedError
from voices.prompts.prompt import NoPromptsError
from voices.prompts.script import LONGEST_PROMPT, MOST_PROMPTS, languages, prompts_from_file
from voices.prompts.script import prompts as prompts_for


def _file(folder: Path, content: str | bytes) -> Path:
    path = folder / "mine.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _refusal(path: Path) -> EnrolmentRefusedError:
    with pytest.raises(EnrolmentRefusedError) as caught:
        prompts_from_file(path, "fr")
    assert caught.value.reason == "bad_prompts"
    assert caught.value.hint is not None
    return caught.value


def test_scripts_come_in_four_languages_with_twenty_prompts_each() -> None:
    assert languages() == ("de", "en", "es", "zh")
    for language in languages():
        script = prompts_for(language)
        assert len(script) == 20
        assert len({prompt.id for prompt in script}) == len({p.text for p in script}) == 20
        assert {prompt.language for prompt in script} == {language}


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-GB", "en"), ("DE_at", "de"), (" es ", "es"), ("zh-Hans-CN", "zh"), ("cmn", "zh")],
)
def test_a_tag_finds_the_script_of_its_language(tag: str, language: str) -> None:
    assert prompts_for(tag) == prompts_for(language)


@pytest.mark.parametrize("tag", ["fr", "", "../en", "e", "english"])
def test_an_unknown_language_is_an_error_that_lists_the_others(tag: str) -> None:
    with pytest.raises(NoPromptsError, match="de, en, es, zh") as caught:
        prompts_for(tag)
    assert caught.value.hint is not None


def test_a_script_of_ones_own_may_be_of_any_language(tmp_path: Path) -> None:
    path = _file(tmp_path, "\ufeff# Pour maman\n\nBonjour  à tous.\r\n À demain ! \n")

    mine = prompts_from_file(path, "fr")

    assert [prompt.text for prompt in mine] == ["Bonjour à tous.", "À demain !"]
    assert [prompt.id for prompt in mine] == ["fr-01", "fr-02"]
    assert {prompt.language for prompt in mine} == {"fr"}


def test_a_prompt_does_not_show_its_text_in_its_repr(tmp_path: Path) -> None:
    [prompt] = prompts_from_file(_file(tmp_path, "Bonjour Camille."), "fr")

    assert "Camille" not in repr(prompt)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"caf\xe9\n", "UTF-8"),
        ("# nothing\n\n", "no sentence"),
        ("Hello.\nHello.\n", "line 2 .* twice"),
        ("Hello.\n\n...\n", "line 3 .* no word"),
        ("Hello\x07.\n", "line 1 .* not text"),
        ("a" * (LONGEST_PROMPT + 1), "line 1 .* longer"),
        ("\n".join(f"Number {n}." for n in range(MOST_PROMPTS + 1)), "more than 200 sentences"),
        (b"# " + b"x" * 300_000, "KiB"),
    ],
)
def test_a_bad_script_is_refused_with_the_line(
    content: str | bytes, says: str, tmp_path: Path
) -> None:
    with pytest.raises(EnrolmentRefusedError, match=says):
        prompts_from_file(_file(tmp_path, content), "fr")


def test_what_is_no_plain_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    _refusal(tmp_path / "pipe")
    _refusal(tmp_path)
    _refusal(tmp_path / "missing")


def test_no_error_quotes_a_prompt(tmp_path: Path) -> None:
    error = _refusal(_file(tmp_path, "Camille\nCamille\n"))

    assert "Camille" not in f"{error} {error.hint}"


@given(content=st.binary(max_size=300))
def test_any_bytes_are_prompts_or_a_typed_error(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _file(tmp_path_factory.getbasetemp(), content)
    try:
        script = prompts_from_file(path, "fr")
    except EnrolmentRefusedError:
        return
    assert script
    assert all(prompt.text.strip() == prompt.text != "" for prompt in script)

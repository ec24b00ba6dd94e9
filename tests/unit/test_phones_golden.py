"""Our phones beside those of official inference."""

import json
from typing import Any

import pytest

from hub_agent.phones import phones_of
from hub_agent.phones.symbols import ids_of
from tests.fakes.golden import FOLDER

FILE = FOLDER / "frontend_phones.json"
ITEMS = json.loads(FILE.read_text("utf-8"))["items"] if FILE.exists() else []
WRONG_HALF_DAY = ["AH0", ".", "EH1", "M", "."]
"""The official front end says `nine thirty a.m. pm.` for 9:30 pm."""


def official(item: dict[str, Any]) -> list[str]:
    phones: list[str] = item["phones"]
    if "9:30 pm" in item["text"]:
        cut = next(
            i for i in range(len(phones)) if phones[i : i + len(WRONG_HALF_DAY)] == WRONG_HALF_DAY
        )
        return phones[:cut] + phones[cut + len(WRONG_HALF_DAY) :]
    return phones


@pytest.mark.skipif(not ITEMS, reason="needs the golden data frontend_phones.json")
def test_golden_sentences_of_three_languages_are_there() -> None:
    assert {item["lang"] for item in ITEMS} == {"en", "ja", "zh"}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["lang"])
def test_phones_are_those_of_official_inference(item: dict[str, Any]) -> None:
    phones = phones_of(item["text"], item["lang"])
    assert list(phones.symbols) == official(item)
    assert phones.ids.tolist() == ids_of(official(item)).tolist()
    assert phones.notes == frozenset()


@pytest.mark.parametrize("item", [item for item in ITEMS if item["lang"] == "zh"])
def test_chinese_characters_have_their_phones_as_in_official_inference(
    item: dict[str, Any],
) -> None:
    phones = phones_of(item["text"], "zh")
    assert phones.text == item["norm"]
    assert phones.word2ph == tuple(item["word2ph"])

"""Text that arrives bit by bit."""

import asyncio
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.cli.stdin_text import LONGEST_BATCH_CHARS, StandardInput, split_ready
from hub_agent.errors import InvalidAnnouncementError


def of(data: bytes) -> StandardInput:
    """Standard input that holds these bytes and ends."""
    reading, writing = os.pipe()

    def feed() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(data)

    threading.Thread(target=feed, daemon=True).start()
    return StandardInput(reading)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_all_of_the_text_arrives_once(text: str) -> None:
    beginning, pieces = of(text.encode()).pieces()
    assert beginning.strip()
    assert "".join(pieces) == text


@given(st.text(max_size=500), st.text(max_size=500))
def test_splitting_loses_nothing(first: str, second: str) -> None:
    ready, rest = split_ready(first)
    more, end = split_ready(rest + second)
    assert ready + more + end == first + second


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        ("One. Two. Thr", "One. Two. "),
        ("It costs 3.5", ""),
        ("Is it? “Yes.” And", "Is it? “Yes.” "),
        ("你好。再", "你好。"),
        ("a line\nthe ne", "a line\n"),
        ("no end", ""),
    ],
)
def test_only_whole_sentences_are_ready(text: str, ready: str) -> None:
    assert split_ready(text)[0] == ready


def test_text_that_never_ends_a_sentence_is_cut_between_words() -> None:
    ready, rest = split_ready("word " * LONGEST_BATCH_CHARS + "wor")
    assert ready.endswith("word ")
    assert rest == "wor"


def test_broken_utf8_is_no_error() -> None:
    _, pieces = of(b"caf\xc3\xa9 \xff").pieces()
    assert "".join(pieces) == "café �"


@pytest.mark.parametrize("data", [b"", b" \n\t "])
def test_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidAnnouncementError):
        of(data).pieces()


async def test_batches_are_whole_sentences() -> None:
    async def collect() -> list[str]:
        return [batch async for batch in of(b"One. Two. And the rest").batches()]

    assert "".join(await collect()) == "One. Two. And the rest"


async def test_reader_that_waits_is_let_go() -> None:
    reading, writing = os.pipe()
    text = StandardInput(reading)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(asyncio.to_thread(lambda: list(text._decoded())))
        text.close()
        async with asyncio.timeout(5):
            assert "".join(await waiting) == ""
    os.close(writing)
    os.close(reading)

"""The address of a speech-to-text server, and what of its messages is believed."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.errors import UsageError
from hub_agent.recording.errors import SttAnswerError, SttError
from hub_agent.recording.stt import SttAddress, parse_stt_url
from hub_agent.recording.stt_wire import MOST_DATA_BYTES, MOST_LINE_BYTES, read_event


def _read(data: bytes) -> Any:
    async def reading() -> Any:
        reader = asyncio.StreamReader(limit=MOST_LINE_BYTES)
        reader.feed_data(data)
        reader.feed_eof()
        return await read_event(reader)

    return asyncio.run(reading())


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("wyoming://box:10300", SttAddress("box", 10300)),
        (" wyoming://192.168.1.5:10300/ ", SttAddress("192.168.1.5", 10300)),
        ("wyoming://[fd00::1]:9", SttAddress("fd00::1", 9)),
    ],
)
def test_an_address_is_host_and_port(url: str, address: SttAddress) -> None:
    assert parse_stt_url(url) == address


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://box:80", "begins with"),
        ("box:10300", "begins with"),
        ("", "begins with"),
        ("wyoming://box", "no port"),
        ("wyoming://box:0", "no port"),
        ("wyoming://:10300", "no host"),
        ("wyoming://box:many", "no number"),
        ("wyoming://box:99999", "no number"),
        ("wyoming://[fd00:10300", "no number"),
        ("wyoming://anna:secret@box:10300", "host and port only"),
        ("wyoming://box:10300/path", "host and port only"),
    ],
)
def test_another_address_is_refused_with_the_right_form(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        parse_stt_url(url)
    assert caught.value.reason == "stt_url"
    assert "wyoming://host:10300" in str(caught.value.hint)
    assert "secret" not in str(caught.value)


def test_a_message_has_its_two_pieces_of_data_and_its_payload() -> None:
    more = json.dumps({"b": 2}).encode()
    head = {"type": "t", "data": {"a": 1}, "data_length": len(more), "payload_length": 3}

    event = _read(json.dumps(head).encode() + b"\n" + more + b"xyz")

    assert (event.type, event.data, event.payload) == ("t", {"a": 1, "b": 2}, b"xyz")


def test_lengths_beyond_the_cap_are_refused_before_they_are_read() -> None:
    with pytest.raises(SttAnswerError, match="more than it may"):
        _read(b'{"type":"t","data_length":%d}\n' % (MOST_DATA_BYTES + 1))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_typed_error(data: bytes) -> None:
    try:
        event = _read(data)
    except SttError:
        return
    assert isinstance(event.type, str)


@given(
    head=st.dictionaries(
        st.sampled_from(["type", "data", "data_length", "payload_length"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just({}),
    )
)
def test_any_head_is_an_event_or_a_typed_error(head: dict[str, Any]) -> None:
    try:
        event = _read(json.dumps(head).encode() + b"\n{}")
    except SttError:
        return
    assert isinstance(event.type, str)

"""Whatever bytes come, they are events or a typed error, and nothing too long is read."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.event import Event, async_read_event

from integrations.wyoming.framing import (
    MAX_DATA_BYTES,
    MAX_LINE_BYTES,
    MAX_PAYLOAD_BYTES,
    ProtocolError,
    encode,
    read_event,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=4)
KEYS = ("type", "data", "data_length", "payload_length", "version")
HEADS = st.dictionaries(st.sampled_from(KEYS), JSON | st.integers(-3, 40))


def read_all(data: bytes) -> list[Event]:
    async def reading() -> list[Event]:
        reader, events = asyncio.StreamReader(limit=MAX_LINE_BYTES), []
        reader.feed_data(data)
        reader.feed_eof()
        while (event := await read_event(reader)) is not None:
            events.append(event)
        return events

    return asyncio.run(reading())


def refusal(data: bytes) -> str:
    """The reason, given before the stream has ended: nothing more is waited for."""

    async def reading() -> str:
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        reader.feed_data(data)
        with pytest.raises(ProtocolError) as caught:
            await asyncio.wait_for(read_event(reader), timeout=5)
        return caught.value.reason

    return asyncio.run(reading())


@given(
    st.binary(max_size=300)
    | st.tuples(HEADS, st.binary(max_size=50)).map(
        lambda parts: json.dumps(parts[0]).encode() + b"\n" + parts[1]
    )
)
def test_any_bytes_are_events_or_a_typed_error(data: bytes) -> None:
    with suppress(ProtocolError):
        assert all(isinstance(event.type, str) for event in read_all(data))


@given(
    st.lists(
        st.builds(Event, type=st.text(), data=OBJECTS, payload=st.binary(max_size=99)), max_size=3
    )
)
def test_what_is_written_is_read_again_without_payload(events: list[Event]) -> None:
    found = read_all(b"".join(encode(event) for event in events))
    assert found == [Event(type=event.type, data=event.data) for event in events]


@given(OBJECTS, st.binary(max_size=99))
def test_the_reference_implementation_reads_what_is_written(
    data: dict[str, Any], payload: bytes
) -> None:
    async def reading() -> Event | None:
        reader = asyncio.StreamReader()
        reader.feed_data(encode(Event(type="x", data=data, payload=payload)))
        reader.feed_eof()
        return await async_read_event(reader)

    assert asyncio.run(reading()) == Event(type="x", data=data, payload=payload or None)


@given(st.integers(min_value=MAX_DATA_BYTES + 1))
def test_more_data_than_allowed_is_refused_unread(length: int) -> None:
    head = {"type": "describe", "data_length": length}
    assert refusal(json.dumps(head).encode() + b"\n") == "too_long"


@given(st.integers(min_value=MAX_PAYLOAD_BYTES + 1))
def test_more_payload_than_allowed_is_refused_unread(length: int) -> None:
    head = {"type": "describe", "data_length": 0, "payload_length": length}
    assert refusal(json.dumps(head).encode() + b"\n") == "too_long"


def test_a_line_without_end_is_refused() -> None:
    assert refusal(b"x" * (MAX_LINE_BYTES + 1)) == "too_long"


@pytest.mark.parametrize(
    "line",
    [b"[1]\n", b"null\n", b'{"type": 7}\n', b"[" * 50_000 + b"\n", b'{"type":"a","data":[1]}\n']
    + [
        b'{"type":"a","%s":%s}\n' % (key, value)
        for key in (b"data_length", b"payload_length")
        for value in (b"-1", b"true", b"1.5", b'"9"', b"[]")
    ],
)
def test_what_makes_no_sense_is_refused(line: bytes) -> None:
    assert refusal(line) == "bad_event"


def test_an_event_that_is_cut_off_is_no_end() -> None:
    for data in (
        b'{"type"',
        b'{"type":"a","data_length":5}\n{}',
        b'{"type":"a","data_length":5}\n',
    ):
        with pytest.raises(ProtocolError):
            read_all(data)

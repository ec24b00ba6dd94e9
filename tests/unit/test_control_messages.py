"""The words on the control socket."""

import asyncio
import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_agent.announcement import (
    MAX_TEXT_CHARS,
    AnnouncementResult,
    AudibleLabel,
    Outcome,
    Priority,
)
from hub_agent.control.messages import (
    MAX_LINE_BYTES,
    MAX_PAYLOAD_BYTES,
    HealthRequest,
    Message,
    Request,
    SayRequest,
    StopRequest,
    VoicesRequest,
    encode,
    encode_request,
    error_from,
    error_header,
    parse_request,
    read_message,
    result_from,
    result_header,
    voice_from,
    voice_header,
)
from hub_agent.errors import ExitCode, HubAgentError, RefusedError
from voices.voice import Voice, VoiceId, VoiceKind

texts = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=MAX_TEXT_CHARS // 10
).filter(str.strip)

EXAMPLES = int(os.environ.get("HUB_AGENT_FUZZ_EXAMPLES", "100"))
json_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


def json_trees(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["type", "text", "rooms", "bytes", "id", "stream"]) | st.text(max_size=5)
    return st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=6)


def _line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def read(data: bytes, *, ended: bool = True) -> Message | None:
    async def reading() -> Message | None:
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        reader.feed_data(data)
        if ended:
            reader.feed_eof()
        return await read_message(reader)

    return asyncio.run(reading())


def parse(data: bytes) -> Request:
    message = read(data)
    assert message is not None
    return parse_request(message)


@given(texts, st.sampled_from(["low", "normal", "high", "critical"]), st.booleans())
def test_requests_arrive_as_they_were_sent(text: str, priority: Any, stream: bool) -> None:
    request = SayRequest(text=text, priority=priority, stream=stream, rooms=("kitchen", "all"))
    assert parse(encode_request(request)) == request


def test_longest_text_fits() -> None:
    request = SayRequest(text="\U0001f382" * MAX_TEXT_CHARS)
    assert parse(encode_request(request)) == request
    request = SayRequest(text="\x01" * MAX_TEXT_CHARS)
    assert parse(encode_request(request)) == request


@pytest.mark.parametrize(
    "request_", [StopRequest(announcement_id="a"), HealthRequest(), VoicesRequest()]
)
def test_all_kinds_of_requests_arrive(request_: Request) -> None:
    assert parse(encode_request(request_)) == request_


def test_request_becomes_an_announcement() -> None:
    asked = SayRequest(
        text="hello",
        voice="v",
        priority="critical",
        rooms=("kitchen",),
        audible_label=AudibleLabel.SPOKEN,
    )
    announcement = asked.announcement()
    assert announcement.audible_label is AudibleLabel.SPOKEN
    assert announcement.text == "hello"
    assert announcement.id == asked.id
    assert announcement.priority is Priority.CRITICAL
    assert announcement.targets == ("kitchen",)


@given(st.binary(max_size=1000), st.sampled_from(["audio", "x"]))
def test_payload_arrives_whole(payload: bytes, kind: str) -> None:
    message = read(encode({"type": kind}, payload))
    assert message is not None
    assert (message.type, message.payload) == (kind, payload)


def test_end_of_the_conversation_is_no_error() -> None:
    assert read(b"") is None


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.binary(min_size=1, max_size=200) | st.builds(_line, st.recursive(json_leaves, json_trees))
)
def test_fuzz_any_bytes_give_a_message_or_a_typed_error(data: bytes) -> None:
    try:
        message = read(data)
        if message is not None:
            parse_request(message)
    except HubAgentError as error:
        reason = error.reason
    else:
        reason = "bad_message"
    assert reason == "bad_message"


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[1]\n",
        b"no json\n",
        b'{"type": "say"',
        b"[" * 5000 + b"\n",
        b"\xff\xfe\n",
        b'{"bytes": -1}\n',
        b'{"bytes": "1"}\n',
        b'{"bytes": 5}\nab',
        b'{"bytes": %d}\n' % (MAX_PAYLOAD_BYTES + 1),
        b" " * (MAX_LINE_BYTES + 2),
    ],
)
def test_broken_messages_are_refused(data: bytes) -> None:
    with pytest.raises(HubAgentError) as caught:
        read(data)
    assert caught.value.reason == "bad_message"


def test_line_without_end_is_refused_before_it_ends() -> None:
    with pytest.raises(HubAgentError, match="too long"):
        read(b"x" * (MAX_LINE_BYTES + 1), ended=False)


@pytest.mark.parametrize(
    "header",
    [
        {"type": "dance"},
        {},
        {"type": "say"},
        {"type": "say", "text": ""},
        {"type": "say", "text": "x" * (MAX_TEXT_CHARS + 1)},
        {"type": "say", "text": "x", "rooms": ["../etc"]},
        {"type": "say", "text": "x", "volume": "loud"},
        {"type": "say", "text": "x", "sample_rate": 1},
    ],
)
def test_request_that_makes_no_sense_is_refused_without_quoting_it(header: dict[str, Any]) -> None:
    with pytest.raises(HubAgentError) as caught:
        parse_request(Message(header=header))
    assert "../etc" not in str(caught.value)
    assert "loud" not in str(caught.value)


def test_errors_arrive_with_their_exit_code() -> None:
    sent = RefusedError("not permitted", hint="ask", reason="no_consent")
    came = error_from(error_header(sent))
    assert (str(came), came.hint, came.reason) == ("not permitted", "ask", "no_consent")
    assert came.exit_code is ExitCode.NOT_PERMITTED


def test_error_with_a_strange_code_is_still_an_error() -> None:
    assert error_from({"type": "error", "exit_code": 99}).exit_code is ExitCode.FAILED


def test_results_arrive_as_they_were_sent() -> None:
    result = AnnouncementResult(
        id="1", outcome=Outcome.REFUSED, reason="quiet_hours", rooms={"kitchen": Outcome.REFUSED}
    )
    assert result_from(result_header(result)) == result


def test_result_that_makes_no_sense_is_a_typed_error() -> None:
    for header in ({}, {"outcome": "danced"}, {"outcome": "spoken", "rooms": []}):
        with pytest.raises(HubAgentError):
            result_from(header)


def test_voices_arrive_as_they_were_sent() -> None:
    voice = Voice(
        id=VoiceId("v"), name="N", languages=("de", "en"), engine="e", kind=VoiceKind.FAMILY
    )
    assert voice_from(voice_header(voice)) == voice
    with pytest.raises(HubAgentError):
        voice_from({"id": "v"})

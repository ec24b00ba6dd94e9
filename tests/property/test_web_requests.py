"""Whatever comes in over HTTP: an order within its bounds, or one typed reason."""

import os
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_agent.announcement import MAX_TEXT_CHARS
from hub_agent.audio.streamed import STREAMS
from hub_agent.errors import InvalidAnnouncementError
from hub_agent.messages.fields import Fields
from integrations.web.hosts import host_allowed, origin_allowed
from integrations.web.orders import (
    HIGHEST_RATE,
    LOWEST_RATE,
    SpeechOrder,
    read_order,
    read_order_without_text,
)
from tests.fakes.agent_port import ScriptedAgentPort
from tests.fakes.web_rig import asking

EXAMPLES = int(os.environ.get("HUB_AGENT_FUZZ_EXAMPLES", "100"))
REQUESTS = max(EXAMPLES // 5, 10)
KEYS = st.sampled_from(
    ["text", "voice", "language", "engine", "purpose", "format", "sample_rate", "stock_fallback"]
)
WORDS = st.sampled_from(["wav", "mp3", "assistant", "true", "16000", "de-AT", "hello", ""])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
PATHS = [
    ("GET", "state"),
    ("POST", "pair"),
    ("PATCH", "preferences"),
    ("POST", "announcements"),
    ("POST", "stop"),
    ("POST", "speech/url"),
]


def check(order: SpeechOrder) -> None:
    assert order.format in STREAMS
    assert order.sample_rate is None or LOWEST_RATE <= order.sample_rate <= HIGHEST_RATE
    assert len(order.announcement.text) <= MAX_TEXT_CHARS


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(KEYS | st.text(), VALUES | st.lists(VALUES)))
def test_any_object_is_an_order_or_has_a_reason(values: dict[str, object]) -> None:
    with suppress(InvalidAnnouncementError):
        check(read_order(Fields(values)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(KEYS | st.text(), WORDS | st.text()), max_size=8))
def test_any_query_is_an_order_or_has_a_reason(query: list[tuple[str, str]]) -> None:
    with suppress(InvalidAnnouncementError):
        check(read_order_without_text(query))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(), st.text() | st.none())
def test_any_host_and_origin_is_judged(host: str, origin: str | None) -> None:
    host_allowed(host, "hub.example")
    origin_allowed(origin, host)


@settings(
    max_examples=REQUESTS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.binary(max_size=200)), max_size=20))
async def test_any_body_is_answered_in_json(
    tmp_path: Path, requests: list[tuple[tuple[str, str], bytes]]
) -> None:
    async with asking(ScriptedAgentPort(data_dir=tmp_path)) as asker:
        for (method, page), body in requests:
            answer = await asker.ask(
                method, f"/api/v1/{page}", data=body, headers={"Content-Type": "application/json"}
            )
            assert answer.status < 500
            assert isinstance(answer.json, dict)

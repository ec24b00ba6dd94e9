"""What Home Assistant is told to be gone."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.home_assistant.announced import MAX_REMEMBERED_BYTES, Announced
from integrations.home_assistant.entity import Entity


def entities(*keys: str) -> list[Entity]:
    return [Entity(key=key, platform="notify", name=key, config={}) for key in keys]


def earlier(**components: Any) -> bytes:
    return json.dumps({"components": components}).encode()


def test_what_was_announced_and_is_no_more_is_gone_until_it_is_forgotten() -> None:
    announced = Announced()
    assert announced.tell(entities("a", "b")) == {}
    assert announced.tell(entities("b")) == {"a": "notify"}
    assert announced.tell(entities("b")) == {"a": "notify"}
    announced.forget(["a"])
    assert announced.tell(entities("b")) == {}


def test_what_comes_back_is_not_gone() -> None:
    announced = Announced()
    announced.tell(entities("a"))
    announced.tell(entities())
    assert announced.tell(entities("a")) == {}


def test_what_an_earlier_run_announced_is_gone_too() -> None:
    announced = Announced()
    announced.remember(earlier(a={"p": "text", "name": "A"}, b={"p": "notify", "name": "B"}))
    assert announced.tell(entities("b")) == {"a": "text"}


@pytest.mark.parametrize(
    "component",
    [
        {"p": "text"},
        {"p": "media_player", "name": "A"},
        {"name": "A", "x": 1},
        {"p": [], "x": 1},
        7,
    ],
)
def test_removals_and_platforms_that_nobody_knows_are_not_repeated(component: Any) -> None:
    announced = Announced()
    announced.remember(earlier(a=component))
    assert announced.tell(()) == {}


@settings(max_examples=50)
@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_whatever_the_broker_has_kept_is_survived(message: bytes) -> None:
    announced = Announced()
    announced.remember(message)
    announced.remember(b'{"components": ' + message + b"}")
    assert announced.tell(()) == {}


def test_a_message_that_is_too_long_is_not_read() -> None:
    message = earlier(a={"p": "text", "name": "A" * MAX_REMEMBERED_BYTES})
    announced = Announced()
    announced.remember(message)
    assert announced.tell(()) == {}

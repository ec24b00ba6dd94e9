"""The soak's judge must find what is wrong, and its tap must read what is on the wire."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.workers import MOST_IDLE
from tests.soak.account import parse_metrics, read_log
from tests.soak.evidence import AgentAccount, Evidence, Memory, Wire
from tests.soak.orders import Kind, draw_orders, ids_of
from tests.soak.packets import PUBLISH, Packet, PacketReader, read_publish
from tests.soak.resources import Sample
from tests.soak.verdict import judge, lost_by_broker

IDLE = Sample(at_s=0.0, rss_mib=60.0, files=20, threads=5)


def good_evidence() -> Evidence:
    return Evidence(
        ids=frozenset({"p-1", "p-2"}),
        acknowledged=frozenset({"p-1", "p-2"}),
        unsafe=0,
        sent_again={},
        orders_without_id=1,
        wire=Wire(taken=frozenset({"p-1", "p-2"}), delivered_without_id={b"x": 1}),
        agent=AgentAccount(
            results={"p-1": {"spoken": 1}, "p-2": {"expired": 1}, "made-up": {"spoken": 1}},
            duplicates=1,
            metrics={"spoken": 2, "expired": 1, "duplicate": 1},
            waiting={"kitchen": 0},
            probes={"kitchen": 0.1},
        ),
        observed={"p-1": {"spoken": 2}, "p-2": {"expired": 1}},
        memory=Memory(before=IDLE, after=IDLE, growth_mib=0.2),
        kills=(10.0, 20.0),
        prefix="p-",
    )


def failed(evidence: Evidence) -> int:
    return sum(not finding.passed for finding in judge(evidence))


def with_agent(**changes: Any) -> Evidence:
    good = good_evidence()
    return replace(good, agent=replace(good.agent, **changes))


def test_a_good_run_passes_every_check() -> None:
    assert failed(good_evidence()) == 0


@pytest.mark.parametrize(
    "bad",
    [
        replace(good_evidence(), unsafe=1),
        replace(good_evidence(), acknowledged=frozenset({"p-1"})),
        replace(
            good_evidence(), wire=Wire(taken=frozenset({"p-1"}), delivered_without_id={b"x": 1})
        ),
        replace(good_evidence(), orders_without_id=2),
        replace(good_evidence(), observed={"p-1": {"spoken": 1}}),
        replace(good_evidence(), observed={"p-1": {"failed": 1}, "p-2": {"expired": 1}}),
        replace(good_evidence(), memory=Memory(before=IDLE, after=IDLE, growth_mib=9.0)),
        replace(
            good_evidence(),
            memory=Memory(before=IDLE, after=replace(IDLE, files=21), growth_mib=0.0),
        ),
        replace(
            good_evidence(),
            memory=Memory(
                before=IDLE, after=replace(IDLE, threads=5 + MOST_IDLE + 1), growth_mib=0.0
            ),
        ),
        with_agent(alive=False),
        with_agent(troubles=("Traceback",)),
        with_agent(waiting={"kitchen": 1}),
        with_agent(waiting={}),
        with_agent(open_announcements=1),
        with_agent(probes={"kitchen": None}),
        with_agent(probes={"kitchen": 1.4}),
        with_agent(metrics={"spoken": 2, "expired": 1}),
    ],
)
def test_each_kind_of_damage_is_found(bad: Evidence) -> None:
    assert failed(bad) >= 1


def test_an_id_without_result_or_with_two_is_found() -> None:
    none = with_agent(results={"p-1": {"spoken": 1}, "made-up": {"spoken": 1}})
    two = with_agent(
        results={"p-1": {"spoken": 2}, "p-2": {"expired": 1}, "made-up": {"spoken": 1}}
    )
    for evidence in (none, two):
        broken = {finding.check for finding in judge(evidence) if not finding.passed}
        assert "exactly one result for every id (agent's log)" in broken


def test_a_result_that_the_broker_acknowledged_and_forgot_is_told_from_one_the_agent_lost() -> None:
    good = good_evidence()
    wire = replace(good.wire, results_acknowledged={"p-2": 19.5})
    forgotten = replace(good, observed={"p-1": {"spoken": 1}}, wire=wire)
    assert lost_by_broker(forgotten) == {"p-2": 0.5}
    assert failed(forgotten) == 0


def test_a_log_is_read_for_results_repeats_and_troubles() -> None:
    finished = {"event": "announcement finished", "level": "info", "announcement": "a"}
    account = read_log(
        [
            finished | {"outcome": "spoken"},
            finished | {"outcome": "duplicate", "reason": "duplicate_id"},
            finished | {"announcement": "b", "outcome": "duplicate", "reason": "cool_down"},
            {"event": "broker lost", "level": "warning"},
            {"event": "task failed", "level": "error"},
            {"raw": "Traceback (most recent call last):"},
        ]
    )
    assert account.results == {"a": {"spoken": 1}, "b": {"duplicate": 1}}
    assert account.duplicates == 1
    assert len(account.troubles) == 2


def test_the_announcement_counter_is_read_from_a_metrics_page() -> None:
    page = (
        "# TYPE hub_agent_announcements_total counter\n"
        'hub_agent_announcements_total{outcome="spoken"} 12.0\n'
        'hub_agent_announcements_created{outcome="spoken"} 1.7e+09\n'
    )
    assert parse_metrics(page) == {"spoken": 12}


@given(st.integers(0, 300), st.booleans(), st.integers(1, 9))
def test_packets_are_read_however_the_stream_is_cut(size: int, five: bool, cut: int) -> None:
    payload = b"x" * size
    body = b"\x00\x03a/b" + b"\x12\x34" + (b"\x00" if five else b"") + payload
    stream = b"\x32" + _length(len(body)) + body
    reader = PacketReader()
    found: list[Packet] = []
    for i in range(0, 2 * len(stream), cut):
        found += reader.feed((stream * 2)[i : i + cut])
    assert [packet.type for packet in found] == [PUBLISH, PUBLISH]
    publish = read_publish(found[0], 5 if five else 4)
    assert (publish.topic, publish.payload, publish.packet_id) == ("a/b", payload, 0x1234)


def test_the_same_seed_draws_the_same_orders_of_every_kind() -> None:
    orders = draw_orders(500, 3, "p-")
    assert orders == draw_orders(500, 3, "p-")
    assert {order.kind for order in orders} == set(Kind)
    assert len(list(ids_of(orders))) == len(set(ids_of(orders)))


def _length(value: int) -> bytes:
    out = bytearray()
    while True:
        value, digit = divmod(value, 128)
        out.append(digit | (128 if value else 0))
        if not value:
            return bytes(out)

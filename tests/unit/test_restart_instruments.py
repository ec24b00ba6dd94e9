"""The instruments of the restarts: what they draw, what they compare, what they find in logs."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.home_assistant.restarts.inventory import Entity, Inventory, not_as_before
from tests.home_assistant.restarts.logs import HomeLog, agent_troubles, read_home_log
from tests.home_assistant.restarts.outage import LOSSES, Loss, Outage, Part, Way, draw
from tests.home_assistant.restarts.rounds import Round
from tests.home_assistant.restarts.verdict import Evidence, judge
from tests.soak.resources import Sample

AT = "2026-11-21 20:36:58.858+00:00"
BROKER_KILLED = Outage(losses=(Loss(Part.BROKER, Way.KILLED),), absence_s=1)
HOME_KILLED = Outage(losses=(Loss(Part.HOME, Way.KILLED),), absence_s=1)
HOME_WITHOUT_BROKER = Outage(
    losses=(Loss(Part.HOME, Way.STOPPED), Loss(Part.BROKER, Way.STOPPED)), absence_s=1
)
AGENT_KILLED = Outage(losses=(Loss(Part.AGENT, Way.KILLED),), absence_s=1)
AGENT_MOVED = Outage(losses=(Loss(Part.AGENT, Way.MOVED),), absence_s=1)
AGENT = Sample(at_s=0, rss_mib=100, files=15, threads=8)


def entity(entity_id: str, unique_id: str = "hub_x") -> Entity:
    return Entity("mqtt", unique_id, entity_id, "device", "entry")


INVENTORY = Inventory(
    entities=frozenset({entity("sensor.state")}),
    devices=frozenset({("device", "Hub Agent")}),
    entries=frozenset({("mqtt", "entry", "MQTT")}),
    flows=frozenset(),
    issues=frozenset(),
)


def good(outage: Outage = BROKER_KILLED) -> Round:
    back_s = dict.fromkeys(("mqtt", "wyoming", "hub_agent"), 9.0)
    return Round(outage=outage, going_s=1, back_s=back_s, speaking="notify", agent=AGENT)


def failed(
    *rounds: Round, home_log: HomeLog | None = None, agent_troubles: tuple[str, ...] = ()
) -> list[str]:
    evidence = Evidence(
        release="2026.11",
        rounds=rounds,
        unspared=0,
        home_log=home_log or HomeLog(),
        agent_troubles=agent_troubles,
    )
    return [finding.check for finding in judge(evidence) if not finding.passed]


def test_every_loss_is_drawn_equally_often() -> None:
    first = Counter(each.losses[0] for each in draw(800, random.Random(1)) if len(each.losses) == 1)
    assert set(first) == set(LOSSES)
    assert max(first.values()) < 1.5 * min(first.values())


def test_two_at_once_are_two_parts_and_no_spared_one() -> None:
    outages = list(draw(400, random.Random(2), spared=[Part.AGENT]))
    assert {len(each.losses) for each in outages} == {1, 2}
    for each in outages:
        assert len({loss.part for loss in each.losses}) == len(each.losses)
        assert not each.hits(Part.AGENT)


@pytest.mark.parametrize(
    ("entity_id", "was", "is_now", "outage"),
    [
        ("sensor.state", "idle", "unavailable", BROKER_KILLED),
        ("sensor.state", "idle", "missing", BROKER_KILLED),
        ("sensor.state", "idle", "unknown", HOME_KILLED),
        ("event.announcement", "2026", "unknown", BROKER_KILLED),
        ("event.announcement", "2026", "unknown", AGENT_MOVED),
        ("number.volume", "40", "80", AGENT_KILLED),
    ],
)
def test_what_is_lost_is_seen(entity_id: str, was: str, is_now: str, outage: Outage) -> None:
    now = {} if is_now == "missing" else {entity_id: is_now}
    assert not_as_before([entity(entity_id)], {entity_id: was}, now, outage) == {entity_id: is_now}


@pytest.mark.parametrize(
    ("entity_id", "unique_id", "was", "is_now", "outage"),
    [
        ("sensor.state", "hub_state", "idle", "speaking", BROKER_KILLED),
        ("sensor.greeting", "hub_greeting", "unknown", "unknown", BROKER_KILLED),
        ("event.announcement", "hub_announcement", "2026", "unknown", HOME_KILLED),
        ("event.announcement", "hub_announcement", "2026", "unknown", HOME_WITHOUT_BROKER),
        ("sensor.first", "hub_time_to_first_audio", "300", "unknown", AGENT_KILLED),
    ],
)
def test_what_may_change_may_change(
    entity_id: str, unique_id: str, was: str, is_now: str, outage: Outage
) -> None:
    entities = [entity(entity_id, unique_id)]
    assert not_as_before(entities, {entity_id: was}, {entity_id: is_now}, outage) == {}


def test_a_second_device_and_another_entity_id_are_seen() -> None:
    changed = replace(
        INVENTORY,
        entities=frozenset({entity("sensor.state_2")}),
        devices=INVENTORY.devices | {("other", "Hub Agent")},
    )
    told = INVENTORY.differences(changed)
    assert [each.partition(":")[0] for each in told] == [
        "new among entities",
        "gone from entities",
        "new among devices",
    ]
    assert INVENTORY.differences(INVENTORY) == []


def test_only_our_troubles_are_found_in_the_log_of_home_assistant(tmp_path: Path) -> None:
    log = tmp_path / "home_assistant.log"
    log.write_text(
        f"{AT} WARNING (MainThread) [aiohttp_fast_zlib] zlib_ng and isal are not available\n"
        f"{AT} ERROR (MainThread) [custom_components.hub_agent.coordinator] "
        "Error requesting Hub data: the hub cannot be reached\n"
        f"\x1b[31m{AT} ERROR (MainThread) [homeassistant] Error doing job\n"
        'Traceback (most recent call last):\n  File "custom_components/hub_agent/tts.py"\n\x1b[0m'
        f"{AT} WARNING (MainThread) [homeassistant.components.mqtt.discovery] Invalid payload\n"
        f"{AT} INFO (MainThread) [custom_components.hub_agent.coordinator] Hub is there again\n"
    )
    told = read_home_log(log)
    assert dict(told.expected) == {"the agent is away": 1}
    assert ["tts.py" in text for text in told.others] == [True, False]


def test_tracebacks_and_errors_are_found_in_the_log_of_the_agent(tmp_path: Path) -> None:
    log = tmp_path / "agent.log"
    log.write_text(
        '{"event": "agent ready", "level": "info"}\n'
        '{"event": "broker lost", "level": "error"}\n'
        '{"event": "part broke", "level": "error", "exception": "…"}\n'
        "Traceback (most recent call last):\n"
    )
    assert len(agent_troubles(log)) == 2


def test_a_good_run_passes() -> None:
    assert failed(good(), good(HOME_KILLED), good(AGENT_KILLED)) == []


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (replace(good(), back_s={"mqtt": 9.0}), "every entity is back"),
        (replace(good(), not_back={"sensor.state": "unknown"}), "every entity is back"),
        (replace(good(), unnoticed={"sensor.state": "idle"}), "what is away is unavailable"),
        (replace(good(), changes=["new among devices: …"]), "entries, devices"),
        (replace(good(), silence="not spoken"), "it speaks again"),
    ],
)
def test_a_round_that_went_wrong_fails_its_check_only(wrong: Round, check: str) -> None:
    (found,) = failed(good(), wrong, good())
    assert found.startswith(check)


def test_an_outage_is_told_once_only() -> None:
    once, twice = HomeLog(), HomeLog()
    once.expected["the agent is away"] = 1
    twice.expected["the agent is away"] = 2
    assert failed(good(AGENT_KILLED), home_log=once) == []
    (found,) = failed(good(AGENT_KILLED), home_log=twice)
    assert found.startswith("Home Assistant's log")


def test_trouble_in_the_log_of_the_agent_fails() -> None:
    (found,) = failed(good(), agent_troubles=("Traceback",))
    assert found.startswith("the agent's log")


@pytest.mark.parametrize(
    "grown", [replace(AGENT, rss_mib=110.0), replace(AGENT, files=25), replace(AGENT, threads=60)]
)
def test_an_agent_that_grows_fails(grown: Sample) -> None:
    rounds = [good() for _ in range(6)]
    (found,) = failed(*rounds, replace(good(), agent=grown))
    assert found.startswith("the agent that lived")

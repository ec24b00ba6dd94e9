"""What is made of times that were taken through Home Assistant."""

from pathlib import Path

import pytest

from tests.bench.readme import write_block
from tests.home_assistant.latency.describing import TRIES
from tests.home_assistant.latency.times import (
    FORMATS,
    LONGEST,
    OWN,
    PEER,
    WYOMING,
    Case,
    Evidence,
    Heard,
)
from tests.home_assistant.latency.verdict import judge, more_ms, ratio

CASE = Case(engine=OWN, words=LONGEST)


def heard(*seconds: float, first_round: int = 0) -> dict[int, Heard]:
    return {
        number: Heard(first_audio_s=at, first_audible_s=at, total_s=at)
        for number, at in enumerate(seconds, first_round)
    }


def evidence(*, home_s: float = 0.05, told_s: float = 0.01) -> Evidence:
    found = Evidence(release="2026.11.0", peer_versions={})
    for engine in (WYOMING, OWN):
        found.heard[Case(engine=engine, words=LONGEST, direct=True)] = heard(0.02)
        for kind in FORMATS:
            found.heard[Case(engine=engine, words=LONGEST, format=kind)] = heard(home_s)
    found.heard[Case(engine=PEER, words=LONGEST)] = heard(2.0)
    found.describe_s = {WYOMING: [told_s] * TRIES, PEER: [1.0]}
    return found


def test_only_what_came_in_the_same_round_is_compared() -> None:
    found = Evidence(release="2026.11.0", peer_versions={})
    found.heard[CASE] = heard(0.1, 0.2, 0.4)
    found.heard[Case(engine=OWN, words=LONGEST, direct=True)] = heard(0.1, 0.1, first_round=1)
    found.heard[Case(engine=PEER, words=LONGEST)] = heard(4.0, first_round=2)
    assert more_ms(found, CASE) == pytest.approx([100, 300])
    assert ratio(found, CASE) == pytest.approx(10)


@pytest.mark.parametrize(
    ("slow", "missed"),
    [({}, 0), ({"home_s": 0.1}, 2), ({"home_s": 0.25}, 6), ({"told_s": 0.06}, 1)],
)
def test_what_is_too_slow_is_missed(slow: dict[str, float], missed: int) -> None:
    assert sum(not finding.passed for finding in judge(evidence(**slow))) == missed


def test_a_run_writes_between_its_own_markers_only(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- one:begin -->\nold\n<!-- one:end -->\n<!-- two:begin -->\nb\n")
    write_block(readme, "one", ["new"])
    assert readme.read_text() == (
        "a\n<!-- one:begin -->\n\nnew\n\n<!-- one:end -->\n<!-- two:begin -->\nb\n"
    )

"""The figures in the README."""

from statistics import median
from typing import Any

from tests.home_assistant.latency.times import (
    FAMILY,
    FORMATS,
    OWN,
    PEER,
    WORDS,
    WYOMING,
    Case,
    Evidence,
)
from tests.home_assistant.latency.verdict import more_ms, ratio


def readme_lines(evidence: Evidence, machine: dict[str, Any]) -> list[str]:
    """What the run says to a reader."""
    where = f"{machine['processor']}, {machine['cores']} cores"
    told, theirs = (
        f"{1000 * median(evidence.describe_s[engine]):.0f} ms" for engine in (WYOMING, PEER)
    )
    day = str(machine["measured_at"])[:10]
    return [
        f"`make bench-ha`, Home Assistant {evidence.release}, {where}, {day}: from asking it",
        "for speech to the first byte of sound that a player gets, median, in milliseconds; in",
        "brackets how much later that is than from the agent alone. The ratio is that of",
        f"{PEER} to our own integration, paired.",
        "",
        f"| words | format | {PEER} | {WYOMING} | {OWN} | {FAMILY} | ratio |",
        "|---|---|---|---|---|---|---|",
        *(_row(evidence, words, kind) for words in WORDS for kind in FORMATS),
        "",
        f"Voices are told during speech after {told} (median), by {PEER} after {theirs}.",
    ]


def _row(evidence: Evidence, words: int, kind: str) -> str:
    def cell(engine: str) -> str:
        case = Case(engine=engine, words=words, format=kind)
        shown = f"{1000 * median(evidence.seconds(case)):.0f}"
        return shown if engine == PEER else f"{shown} ({median(more_ms(evidence, case)):+.0f})"

    times = ratio(evidence, Case(engine=OWN, words=words, format=kind))
    cells = (cell(engine) for engine in (PEER, WYOMING, OWN, FAMILY))
    return f"| {words} | {kind} | {' | '.join(cells)} | {times:.0f} × |"

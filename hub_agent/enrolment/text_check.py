"""Whether recordings say their texts; short ones are judged together, as one alone tells little."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hub_agent.engines.espeak import ESpeak
from hub_agent.timbre.text_match import text_match
from voices.enrolment.decode import resampled
from voices.enrolment.inspection import Take
from voices.enrolment.verdicts import TextFit
from voices.recording import Recording

ENOUGH_S: Final = 8.0
"""From here on a right text is told from a wrong one."""


def text_fits(takes: Sequence[Take], espeak: ESpeak) -> Callable[[Take], TextFit | None]:
    """How well each of `takes` fits its text, or the text of its group; judged when asked."""
    group_of = {id(take): group for group in grouped(takes) for take in group}
    judged: dict[int, TextFit] = {}

    def fit(take: Take) -> TextFit | None:
        group = group_of[id(take)]
        if id(group[0]) not in judged:
            found = text_match(joined([each.recording for each in group]), espeak)
            judged[id(group[0])] = TextFit(matches=found.matches, share=found.share)
        return judged[id(group[0])]

    return fit


def grouped(takes: Sequence[Take]) -> list[list[Take]]:
    """Neighbours together until they are long enough; a short rest goes with the last group."""
    groups: list[list[Take]] = [[]]
    for take in takes:
        if sum(each.recording.duration_s for each in groups[-1]) >= ENOUGH_S:
            groups.append([])
        groups[-1].append(take)
    if len(groups) > 1 and sum(t.recording.duration_s for t in groups[-1]) < ENOUGH_S:
        rest = groups.pop()
        groups[-1] += rest
    return groups


def joined(recordings: Sequence[Recording]) -> Recording:
    """Several recordings of one language as one, at the rate of the first."""
    first = recordings[0]
    rate = first.sample_rate
    samples = [
        each.samples
        if each.sample_rate == rate
        else resampled(each.samples, each.sample_rate, rate)
        for each in recordings
    ]
    return Recording(
        samples=np.concatenate(samples),
        sample_rate=rate,
        transcript="\n".join(each.transcript for each in recordings),
        language=first.language,
    )

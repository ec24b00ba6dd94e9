"""A second opinion on a found mark: do keys nobody has fit the file as well?"""

from pathlib import Path

from hub_agent.own_speech.known_marks import KnownMarks, Speech
from hub_agent.own_speech.search import search
from voices.enrolment.progress import Progress, part, silent
from voices.watermark.decoys import rank_p


def rank_among_decoys(
    path: Path,
    known: KnownMarks,
    speech: Speech,
    count: int,
    *,
    other_speeds: bool = True,
    progress: Progress = silent,
) -> float:
    """The p-value of the key of `speech` by its rank among `count` others.

    All keys are searched for alike, without what was issued. One takes as long as a search does.
    """
    shares = [part(progress, n / (count + 1), (n + 1) / (count + 1)) for n in range(count + 1)]
    keys = [known.alone(speech), *(KnownMarks.of_nobody() for _ in range(count))]
    own, *others = [
        search(path, key, other_speeds=other_speeds, progress=share).p_value
        for key, share in zip(keys, shares, strict=True)
    ]
    return rank_p(own, others)

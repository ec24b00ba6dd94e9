"""Looking for what a proof is about in a file of any length."""

from pathlib import Path

from hub_agent.own_speech.pieces import pieces_of
from hub_agent.own_speech.search import Reading, blocks_of, share_of
from voices.enrolment.progress import Progress, part, silent
from voices.watermark.payload import Signs
from voices.watermark.proof_search import Match, find_signs


def find_in_file(path: Path, signs: Signs, progress: Progress = silent) -> Match | None:
    """The best match in a file; None where it is empty. Raises `EnrolmentRefusedError`."""
    reading = Reading()
    best: Match | None = None
    for index, piece in enumerate(pieces_of(blocks_of(path, reading))):
        told = part(progress, *reading.since_last())
        found = find_signs(piece.samples, piece.sample_rate, signs, progress=told)
        p_value = min(1.0, found.p_value / share_of(index))
        if best is None or p_value < best.p_value:
            spans = tuple((piece.start_s + a, piece.start_s + b) for a, b in found.spans)
            best = Match(p_value, spans, found.stretch)
    return best

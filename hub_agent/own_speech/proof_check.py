"""Looking for what a proof is about in a file of any length."""

from pathlib import Path

from hub_agent.own_speech.pieces import pieces_of
from hub_agent.own_speech.search import LIMITS, Reading, share_of
from voices.enrolment.decode import decode_blocks
from voices.enrolment.progress import Progress, part, silent
from voices.watermark.features import ANALYSIS_RATE
from voices.watermark.payload import Signs
from voices.watermark.proof_search import Match, find_signs


def find_in_file(path: Path, signs: Signs, progress: Progress = silent) -> Match | None:
    """The best match in a file; None where it is empty. Raises `EnrolmentRefusedError`."""
    reading = Reading()
    blocks = decode_blocks(path, highest_rate=ANALYSIS_RATE, limits=LIMITS, progress=reading.tell)
    best: Match | None = None
    for index, piece in enumerate(pieces_of(blocks)):
        told = part(progress, *reading.since_last())
        found = find_signs(piece.samples, piece.sample_rate, signs, progress=told)
        p_value = min(1.0, found.p_value / share_of(index))
        if best is None or p_value < best.p_value:
            spans = tuple((piece.start_s + a, piece.start_s + b) for a, b in found.spans)
            best = Match(p_value, spans, found.stretch)
    return best

"""Which of a person's recordings a voice is read from."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from hub_agent.engines.espeak import ESpeak
from hub_agent.gpt_sovits.reference import PROMPT_S
from hub_agent.timbre.phrases import split_phrases
from hub_agent.timbre.text_match import text_match
from voices.enrolment.activity import cut, find_speech, speech_part
from voices.enrolment.quality import Measures, measure
from voices.enrolment.sounds import Sound
from voices.errors import EnrolmentRefusedError
from voices.recording import Recording

_NUM_STYLES: Final = 5
_MIN_STYLE_S: Final = 1.0
_ENOUGH_SNR_DB: Final = 35.0
"""Cleaner than this makes no difference."""
_SHORT_S: Final = 5.0
"""Longer prompts cost time with each sentence."""
_COST_OF_A_SECOND_DB: Final = 2.0
_COST_OF_PACE_DB: Final = 20.0
"""For twice or half the person's usual pace: 14 dB."""
_COST_OF_CLIPPING_DB: Final = 1000.0
"""A hundredth of the samples: 10 dB."""
_COST_OF_A_TORN_CLAUSE_DB: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """`prompt` gives the tokens and the phones, all of `styles` the style."""

    prompt: Recording
    styles: tuple[Recording, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    recording: Recording
    measures: Measures


def choose_references(
    recordings: Sequence[Recording], espeak: ESpeak, progress: Callable[[float], None]
) -> References:
    """The cleanest pieces at the person's usual pace; no word is cut.

    Raises `EnrolmentRefusedError` where none is 3 to 10 s long and says its text.
    """
    pieces: list[_Piece] = []
    for number, recording in enumerate(recordings, start=1):
        pieces += [_measured(piece) for piece in _pieces(recording, espeak)]
        progress(number / len(recordings))
    ranked = _ranked(piece for piece in pieces if piece.measures.sound is Sound.SPEECH)
    for piece in ranked:
        if _may_prompt(piece) and text_match(piece.recording, espeak).matches:
            styles = [p.recording for p in ranked if p.recording.duration_s >= _MIN_STYLE_S]
            return References(prompt=piece.recording, styles=tuple(styles[:_NUM_STYLES]))
    raise EnrolmentRefusedError(
        "no recording is a whole sentence of 3 to 10 s that says its text",
        hint="record such sentences: hub-agent voices update ID",
        reason="no_reference",
    )


def _pieces(recording: Recording, espeak: ESpeak) -> list[Recording]:
    """The recording without the silence around it, cut at its pauses where it is too long."""
    activity = find_speech(recording.samples, recording.sample_rate)
    spoken = Recording(
        samples=cut(recording.samples, recording.sample_rate, speech_part(activity)),
        sample_rate=recording.sample_rate,
        transcript=recording.transcript,
        language=recording.language,
    )
    shortest_s, longest_s = PROMPT_S
    if not activity.spans or spoken.duration_s <= longest_s:
        return [spoken]
    return split_phrases(spoken, espeak, shortest_s=shortest_s)


def _measured(piece: Recording) -> _Piece:
    heard = measure(piece.samples, piece.sample_rate, transcript=piece.transcript)
    return _Piece(piece, heard)


def _ranked(pieces: Iterable[_Piece]) -> list[_Piece]:
    """The best first."""
    spoken = list(pieces)
    usual = median([_pace(piece) for piece in spoken] or [1.0])
    return sorted(spoken, key=lambda piece: -_merit_db(piece, usual))


def _merit_db(piece: _Piece, usual_pace: float) -> float:
    heard = piece.measures
    return (
        min(heard.snr_db, _ENOUGH_SNR_DB)
        - _COST_OF_PACE_DB * abs(math.log(_pace(piece) / usual_pace))
        - _COST_OF_CLIPPING_DB * heard.clipped_share
        - _COST_OF_A_SECOND_DB * max(0.0, piece.recording.duration_s - _SHORT_S)
        - _COST_OF_A_TORN_CLAUSE_DB * _is_torn(piece.recording.transcript)
    )


def _is_torn(text: str) -> bool:
    """Whether it begins or ends inside a clause, as far as can be seen."""
    return text[:1].islower() or text[-1:].isalnum()


def _pace(piece: _Piece) -> float:
    """Words a second; 1 where nobody knows."""
    return piece.measures.words_per_s or 1.0


def _may_prompt(piece: _Piece) -> bool:
    shortest_s, longest_s = PROMPT_S
    return shortest_s <= piece.recording.duration_s <= longest_s and bool(
        piece.recording.transcript.strip()
    )

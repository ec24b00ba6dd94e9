"""Whether a recording says its text.

The same words in another order are a text of the same sounds and the same length that is
certainly not what was said. A right text fits better than several of those, here and there as
well as in all; a wrong one fits as they do. So nothing has to be known about voice, microphone or
language. (Right texts: 0.78–0.95 of the others' cost; wrong ones 0.96–1.05.)
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.espeak import ESpeak
from hub_agent.timbre.alignment import at_rate, spoken_text
from hub_agent.timbre.frames import HOP, RATE, Floats
from hub_agent.timbre.listening import listen
from hub_agent.timbre.script import Script, script_of
from hub_agent.timbre.warping import warp
from voices.recording import Recording

_DECOYS: Final = 4
_SEED: Final = 20_251
_THINNED: Final = 2
"""Every second frame is enough to tell texts apart, at a quarter of the cost."""

_PIECE_S: Final = 2.0
"""Speech that is judged by itself."""

_FITS: Final = 0.98
"""Share of the others' cost below which a piece fits its text better than they do."""

_BY_CHANCE: Final = 0.4
"""So many pieces of a wrong text do."""

_LIMIT: Final = 0.955
_LIMIT_SPREAD_S: Final = 0.08
"""Share of the others' cost below which all of the text fits; a second tells less than many."""

_ENOUGH_PIECES: Final = 8
_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class TextMatch:
    """`matches`: the text is what is said. `share` of the speech that fits it, 0 to 1.

    `score` is the cost of the text over that of other texts: below 0.95 for what is said.
    """

    matches: bool
    share: float
    score: float


def text_match(recording: Recording, espeak: ESpeak) -> TextMatch:
    """Judge whether the transcript is what is said. Raises `EngineError`.

    A text of a single word cannot be judged and matches.
    """
    heard = listen(at_rate(recording))
    spoken = spoken_text(recording, espeak, None)
    said = listen(spoken.samples)
    script = script_of(spoken, len(said.features)).thinned(_THINNED)
    speech = heard.speech[::_THINNED]
    if script.num_words < 2 or not speech.any():
        return TextMatch(matches=script.num_words == 1, share=1.0, score=1.0)
    thin = heard.thinned(_THINNED)
    costs = [warp(thin, said.features, each.frame).cost for each in (script, *_decoys(script))]
    return judged(costs[0][speech], np.array(costs[1:])[:, speech])


def judged(cost: Floats, decoys: Floats) -> TextMatch:
    """The verdict from the costs of frames of speech: of the text, and of others, row by row."""
    seconds = cost.size * _THINNED * HOP / RATE
    pieces = np.array_split(np.arange(cost.size), max(1, round(seconds / _PIECE_S)))
    fitting = [cost[piece].mean() < _FITS * decoys[:, piece].mean() for piece in pieces]
    share = min(max((float(np.mean(fitting)) - _BY_CHANCE) / (1 - _BY_CHANCE), 0.0), 1.0)
    score = float(cost.mean() / decoys.mean())
    whole = score < _LIMIT + _LIMIT_SPREAD_S / seconds
    everywhere = len(pieces) < _ENOUGH_PIECES or share >= _SHARE
    return TextMatch(matches=whole and everywhere, share=share, score=score)


def _decoys(script: Script) -> list[Script]:
    random = np.random.default_rng(_SEED)
    return [script.reordered(_shuffled(script, random)) for _ in range(_DECOYS)]


def _shuffled(script: Script, random: np.random.Generator) -> NDArray[np.int64]:
    """Another order than the right one, however few words there are."""
    order = random.permutation(script.num_words)
    same = bool((order == np.arange(order.size)).all())
    return np.roll(order, 1) if same else order

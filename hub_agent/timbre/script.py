"""What is to be found in a recording: the frames of eSpeak NG's rendition, word by word.

Pauses are taken out: people make them where they like. Instead every word has a pause before it
that may last any time or none.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.timbre.frames import HOP
from hub_agent.timbre.rendition import Rendition

PAUSE: Final = -1
"""In place of a frame's number."""


@dataclass(frozen=True, slots=True)
class Script:
    """States in order: `frame` of the rendition (or PAUSE) and which word it belongs to.

    A pause belongs to the word after it; the last one to a word that does not exist.
    """

    frame: NDArray[np.int64] = field(repr=False)
    word: NDArray[np.int64] = field(repr=False)

    @property
    def num_words(self) -> int:
        """How many words there are."""
        return int(self.word[-1])

    def thinned(self, step: int) -> "Script":
        """Only every so many-th frame of each word."""
        place = np.arange(self.word.size)
        start = np.maximum.accumulate(np.where(self.frame == PAUSE, place, 0))
        kept = (self.frame == PAUSE) | ((place - start - 1) % step == 0)
        return Script(self.frame[kept], self.word[kept])

    def reordered(self, order: NDArray[np.int64]) -> "Script":
        """The same words in another order: a text of the same sounds that is not the text."""
        pieces = [np.flatnonzero(self.word == word) for word in order]
        frames = [self.frame[piece] for piece in pieces]
        words = [np.full(piece.size, place) for place, piece in enumerate(pieces)]
        last = np.array([PAUSE]), np.array([len(order)])
        return Script(np.concatenate((*frames, last[0])), np.concatenate((*words, last[1])))


def script_of(spoken: Rendition, num_frames: int) -> Script:
    """Every speaking frame of the rendition, a pause before every word and one at the end."""
    voiced = ~pauses_in(spoken, num_frames)
    word_of = words_of_frames(spoken, num_frames)
    frames: list[NDArray[np.int64]] = []
    words: list[NDArray[np.int64]] = []
    spoken_words = np.unique(word_of[voiced])
    for place, word in enumerate(spoken_words):
        inside = np.flatnonzero(voiced & (word_of == word))
        frames += [np.array([PAUSE]), inside]
        words.append(np.full(inside.size + 1, place))
    frames.append(np.array([PAUSE]))
    words.append(np.array([spoken_words.size]))
    return Script(np.concatenate(frames), np.concatenate(words))


def spoken_positions(spoken: Rendition, num_frames: int) -> list[int]:
    """Character in the text of every word of `script_of`."""
    word_of = words_of_frames(spoken, num_frames)
    positions = [position for _sample, position in spoken.words()] or [0]
    return [positions[word] for word in np.unique(word_of[~pauses_in(spoken, num_frames)])]


def words_of_frames(spoken: Rendition, num_frames: int) -> NDArray[np.int64]:
    """Number of the word that each frame belongs to; what comes before the first is of it."""
    starts = np.array([sample for sample, _position in spoken.words()] or [0])
    centres = np.arange(num_frames) * HOP
    return np.maximum(np.searchsorted(starts, centres, side="right") - 1, 0)


def phonemes_of_frames(spoken: Rendition, num_frames: int) -> tuple[list[str], NDArray[np.int64]]:
    """The phonemes in order, and the number of the one that each frame belongs to."""
    phonemes = [(0, "_"), *spoken.phonemes()]
    starts = np.array([sample for sample, _name in phonemes])
    centres = np.arange(num_frames) * HOP
    return [name for _, name in phonemes], np.searchsorted(starts, centres, side="right") - 1


def pauses_in(spoken: Rendition, num_frames: int) -> NDArray[np.bool_]:
    """Which frames lie in a pause of eSpeak's."""
    names, of_frame = phonemes_of_frames(spoken, num_frames)
    silent = np.array([name.startswith("_") for name in names])
    return silent[of_frame]

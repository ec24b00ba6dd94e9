"""Which sound of eSpeak NG's belongs to which frame of what a person said.

The first warping compares what is left when each speaker's average is taken out. From it follows
how this person says each phoneme, and the next ones compare with that: the errors of the first
(a line end in the wrong pause, say) vanish.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.espeak import ESpeak
from hub_agent.timbre.accents import identifier_for
from hub_agent.timbre.frames import RATE, Floats
from hub_agent.timbre.listening import Heard, listen, unit
from hub_agent.timbre.rendition import Manner, Rendition, rendition
from hub_agent.timbre.script import (
    PAUSE,
    Script,
    phonemes_of_frames,
    script_of,
    spoken_positions,
)
from hub_agent.timbre.warping import Path, warp
from voices.enrolment.decode import resampled
from voices.recording import Recording

_PASSES: Final = 2
_RIDGE: Final = 30.0
"""In frames: against mappings that a few seconds would suggest."""

_DOUBT: Final = 8.0
"""In frames: phonemes heard less often than that are taken to be as mapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A recording (at RATE) and eSpeak's rendition of its text, frame by frame.

    `said` is the rendition's frame that each frame of the recording was given, or PAUSE; `word`
    the number of the word it is in (the one that follows, for a pause); `positions` where each
    word begins in the text; `cost` how unlike the two sound, about 1 for different sounds.
    """

    samples: Floats = field(repr=False)
    heard: Heard
    spoken: Rendition
    said: NDArray[np.int64] = field(repr=False)
    word: NDArray[np.int64] = field(repr=False)
    positions: tuple[int, ...] = field(repr=False)
    cost: Floats = field(repr=False)


def align(recording: Recording, espeak: ESpeak, manner: Manner | None = None) -> Alignment:
    """Align what was said with eSpeak saying the transcript. Raises `EngineError`."""
    samples = at_rate(recording)
    spoken = spoken_text(recording, espeak, manner)
    heard, said = listen(samples), listen(spoken.samples)
    script = script_of(spoken, len(said.features))
    path = refined(heard, said, spoken, script)
    return Alignment(
        samples=samples,
        heard=heard,
        spoken=spoken,
        said=script.frame[path.state],
        word=script.word[path.state],
        positions=tuple(spoken_positions(spoken, len(said.features))),
        cost=path.cost,
    )


def at_rate(recording: Recording) -> Floats:
    """The samples at RATE."""
    return resampled(recording.samples, recording.sample_rate, RATE)


def spoken_text(recording: Recording, espeak: ESpeak, manner: Manner | None) -> Rendition:
    """ESpeak saying the transcript."""
    usual = manner or Manner(voice=identifier_for(recording.language, espeak))
    return rendition(recording.transcript, espeak, usual)


def refined(heard: Heard, said: Heard, spoken: Rendition, script: Script) -> Path:
    """The path of the last of several warpings."""
    names, of_frame = phonemes_of_frames(spoken, len(said.features))
    kinds = np.unique(names, return_inverse=True)[1][of_frame]
    path = warp(heard, said.features, script.frame)
    for _ in range(_PASSES):
        expected = expected_of(heard.features, said.features, script.frame[path.state], kinds)
        path = warp(heard, expected, script.frame, path)
    return path


def expected_of(
    heard: Floats, said: Floats, frame: NDArray[np.int64], kinds: NDArray[np.int64]
) -> Floats:
    """How the person would sound in each of eSpeak's frames.

    A ridge regression from eSpeak's features to the person's, and what is left of each phoneme
    (`kinds`) on average.
    """
    known = frame != PAUSE
    theirs, mine = with_one(said[frame[known]]), heard[known]
    gram = theirs.T @ theirs + np.float32(_RIDGE) * np.eye(theirs.shape[1], dtype=np.float32)
    mapped = with_one(said) @ np.linalg.solve(gram, theirs.T @ mine)
    left = mine - mapped[frame[known]]
    kind = kinds[frame[known]]
    sums = np.zeros((int(kinds.max()) + 1, mine.shape[1]), np.float32)
    np.add.at(sums, kind, left)
    counts = np.bincount(kind, minlength=len(sums))[:, None] + np.float32(_DOUBT)
    return unit(mapped + (sums / counts)[kinds])


def with_one(rows: Floats) -> Floats:
    """`rows` with a column of ones."""
    return np.concatenate((rows, np.ones((len(rows), 1), np.float32)), axis=1)

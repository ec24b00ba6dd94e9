"""What eSpeak NG is saying, frame by frame, while it says it.

Used for the rendition that a voice is fitted with and for what is spoken, so that both give the
same numbers. A frame is ready when the phoneme it is in has ended.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.engines.espeak import EventKind, SpeechEvent
from hub_agent.timbre.frames import HOP, Floats, cepstra, frames_of, log_mel_of
from hub_agent.timbre.listening import unit
from hub_agent.timbre.pitch import SIZE, strongest

COMPARED: Final = 13
CONTEXT: Final = 3
"""Frames before and after that are compared with a frame."""

_MARGIN: Final = CONTEXT + 3
"""Frames that are needed on both sides: those of the context, and 25 ms for the pitch."""

_BATCH: Final = 8
"""Frames that are worth while to work on together."""

_GLIDE: Final = 0.35
"""Share of the way to a new pitch that is gone in a frame: tracking errors vanish."""


@dataclass(frozen=True, slots=True)
class Said:
    """Consecutive frames: cepstra, pitch (octaves above 1 Hz), phonemes, place in them (0–1)."""

    cepstra: Floats = field(repr=False)
    octaves: Floats = field(repr=False)
    phoneme: tuple[str, ...] = field(repr=False)
    before: tuple[str, ...] = field(repr=False)
    after: tuple[str, ...] = field(repr=False)
    place: Floats = field(repr=False)

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Which frames are in a pause."""
        return np.array([is_pause(name) for name in self.phoneme], np.bool_)


def is_pause(name: str) -> bool:
    """Whether a mnemonic stands for silence."""
    return name.startswith("_")


def keys_of(spectra: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Three normalised frames side by side; `CONTEXT` rows at both ends are only context."""
    rows = unit((spectra - mean) / deviation) / np.float32(np.sqrt(3))
    last = len(rows)
    shifts = (0, CONTEXT, 2 * CONTEXT)
    return np.concatenate([rows[at : last - 2 * CONTEXT + at] for at in shifts], axis=1)


class Follower:
    """Takes audio and events as they come and gives the frames that are ready."""

    def __init__(self) -> None:
        self._samples = np.zeros(0, np.float32)
        self._starts = [0]
        self._names = ["_"]
        self._next = 0
        self._octaves = 0.0

    def take(self, samples: Floats, events: tuple[SpeechEvent, ...]) -> None:
        """More of it."""
        self._samples = np.concatenate((self._samples, samples))
        for event in events:
            if event.kind is EventKind.PHONEME and event.sample >= self._starts[-1]:
                self._starts.append(event.sample)
                self._names.append(event.phoneme)

    @property
    def num_samples(self) -> int:
        """How many there were."""
        return int(self._samples.size)

    def ready(self) -> Said | None:
        """The frames that became ready."""
        heard = self._samples.size // HOP - _MARGIN
        end = min(heard, self._starts[-1] // HOP)
        return self._until(end) if end - self._next >= _BATCH else None

    def rest(self) -> Said | None:
        """Everything that is left, at the end."""
        return self._until(self._samples.size // HOP + 1)

    def _until(self, end: int) -> Said | None:
        if end <= self._next:
            return None
        first, self._next = self._next, end
        around = self._around(first, end)
        with_context = slice(_MARGIN - CONTEXT, _MARGIN + CONTEXT + end - first)
        inside = slice(_MARGIN, _MARGIN + end - first)
        names, place = self._phonemes(first, end)
        return Said(
            cepstra=cepstra(log_mel_of(frames_of(around)[with_context]))[:, :COMPARED],
            octaves=self._glide(strongest(frames_of(around, SIZE)[inside])),
            phoneme=tuple(self._named(at) for at in names),
            before=tuple(self._named(at - 1) for at in names),
            after=tuple(self._named(at + 1) for at in names),
            place=place,
        )

    def _around(self, first: int, end: int) -> Floats:
        """The samples of the frames with the margin on both sides, silence beyond the ends."""
        start, stop = (first - _MARGIN) * HOP, (end + _MARGIN) * HOP
        known = self._samples[max(start, 0) : stop]
        return np.pad(known, (max(-start, 0), stop - max(start, 0) - known.size))

    def _phonemes(self, first: int, end: int) -> tuple[list[int], Floats]:
        centres = np.arange(first, end) * HOP
        starts = np.array([*self._starts, max(self._samples.size, self._starts[-1] + 1)])
        at = np.clip(np.searchsorted(starts, centres, side="right") - 1, 0, len(starts) - 2)
        length = np.maximum(starts[at + 1] - starts[at], 1)
        return at.tolist(), np.clip((centres - starts[at]) / length, 0, 1).astype(np.float32)

    def _named(self, at: int) -> str:
        return self._names[at] if 0 <= at < len(self._names) else "_"

    def _glide(self, hertz: Floats) -> Floats:
        """Octaves, smoothed; where nothing is voiced the pitch stays."""
        octaves = np.empty(hertz.size, np.float32)
        for place, value in enumerate(hertz.tolist()):
            if value > 0:
                wanted = float(np.log2(value))
                share = _GLIDE if self._octaves else 1.0
                self._octaves += share * (wanted - self._octaves)
            octaves[place] = self._octaves
        return octaves

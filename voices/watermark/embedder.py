"""Puts the mark on speech as it streams by."""

from enum import Enum
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voices.watermark.grid import (
    BLOCK_CHIPS,
    CHIPS_IN_2_S,
    NUM_BANDS,
    WINDOW_HOPS,
    band_shares,
    bands_of,
    hop_samples,
    root_hann,
)
from voices.watermark.keys import WatermarkKey
from voices.watermark.pattern import marked_signs
from voices.watermark.payload import Payload32, coded_signs

Samples: TypeAlias = NDArray[np.float32]

LOWEST_RATE: Final = 16_000
HIGHEST_RATE: Final = 48_000
_OVERLAP_GAIN: Final = WINDOW_HOPS / 2
"""What Hann windows at every hop add up to."""


class Strength(Enum):
    """How far a cell is raised or lowered, in decibels, on average over the bands."""

    STUDIO = 2.5
    NORMAL = 3.0
    ROBUST = 3.5


class Stage(Protocol):
    """A streaming transformation of samples, the same whatever the chunks."""

    look_ahead_ms: float

    def process(self, samples: Samples) -> Samples:
        """Take a chunk, return what is ready."""
        ...

    def finish(self) -> Samples:
        """Return the rest; the stage is not used afterwards."""
        ...


class Marker:
    """A stage that marks one utterance; look-ahead 24 ms.

    As many samples come out as went in, in their places, and the same ones however the input is
    cut. A marked sample may be louder than the input by half as much again as the strength, so a
    limiter belongs behind. Silence stays silence, and the mark's clock runs on through it.
    """

    def __init__(
        self,
        key: WatermarkKey,
        payload: Payload32,
        sample_rate: int,
        start_phase: int,
        strength: Strength = Strength.NORMAL,
    ) -> None:
        if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
            raise ValueError(f"speech of {sample_rate} Hz cannot be marked")
        self._hop = hop_samples(sample_rate)
        self._window = root_hann(self._hop * WINDOW_HOPS)
        self.look_ahead_ms = 1000 * self._hop * (WINDOW_HOPS - 1) / sample_rate
        self._gains = _Gains(key, payload, sample_rate, start_phase, strength)
        overlap = self._window.size - self._hop
        self._input = np.zeros(overlap, np.float64)
        self._overlap = np.zeros(overlap, np.float64)
        self._early = overlap
        self._owed = 0
        self._next_frame = 0

    def process(self, samples: Samples) -> Samples:
        """Take a chunk of any size, return what is marked by now."""
        self._owed += samples.size
        self._input = np.concatenate((self._input, samples))
        count = (self._input.size - self._overlap.size) // self._hop
        if count == 0:
            return np.zeros(0, np.float32)
        marked = self._add_up(self._marked_frames(count))
        self._input = self._input[count * self._hop :]
        return self._in_place(marked)

    def finish(self) -> Samples:
        """Return the rest of the utterance."""
        owed = self._owed
        marked = self.process(np.zeros(self._window.size, np.float32))
        return marked[:owed]

    def _marked_frames(self, count: int) -> NDArray[np.float64]:
        size = self._window.size
        views = np.lib.stride_tricks.sliding_window_view(self._input, size)
        spectra = np.fft.rfft(views[:: self._hop][:count] * self._window)
        spectra *= self._gains.of_frames(self._next_frame, count)
        self._next_frame += count
        return np.asarray(np.fft.irfft(spectra, size) * (self._window / _OVERLAP_GAIN))

    def _add_up(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """One hop is finished with every frame; the order of adding never depends on chunks."""
        hops = np.empty((len(frames), self._hop))
        overlap = self._overlap
        for finished, frame in zip(hops, frames, strict=True):
            frame[: overlap.size] += overlap
            finished[:] = frame[: self._hop]
            overlap = frame[self._hop :]
        self._overlap = overlap.copy()
        return hops.reshape(-1)

    def _in_place(self, marked: NDArray[np.float64]) -> Samples:
        """Leave out what lies before the first sample."""
        early = min(self._early, marked.size)
        self._early -= early
        self._owed -= marked.size - early
        return marked[early:].astype(np.float32)


class _Gains:
    """The gain of every bin of every frame."""

    def __init__(
        self,
        key: WatermarkKey,
        payload: Payload32,
        sample_rate: int,
        start_phase: int,
        strength: Strength,
    ) -> None:
        self._key = key
        self._coded = coded_signs(payload, key.tag_key)
        self._start_phase = start_phase
        self._hop = hop_samples(sample_rate)
        self._sample_rate = sample_rate
        size = self._hop * WINDOW_HOPS
        bins_hz = np.arange(size // 2 + 1, dtype=np.float64) * (sample_rate / size)
        self._band_of_bin = bands_of(bins_hz)
        decibels = np.append(strength.value * band_shares(), 0.0)
        self._factors = 10 ** (np.array([[-1], [0], [1]]) * decibels / 20)
        self._block_index = -1
        self._signs = np.zeros((BLOCK_CHIPS, NUM_BANDS + 1), np.int8)

    def of_frames(self, first: int, count: int) -> NDArray[np.float64]:
        """Shape (count, bins); a frame belongs to the chip its middle lies in."""
        rows = [self._chip(self._chip_of(frame)) for frame in range(first, first + count)]
        gains = np.take_along_axis(self._factors, np.stack(rows) + np.intp(1), axis=0)
        return np.asarray(gains[:, self._band_of_bin], np.float64)

    def _chip_of(self, frame: int) -> int:
        middle = (frame + 1) * self._hop - self._hop * WINDOW_HOPS // 2
        return self._start_phase + middle * CHIPS_IN_2_S // (2 * self._sample_rate)

    def _chip(self, chip: int) -> NDArray[np.int8]:
        """The signs of the bands, and a last zero for the bins in none."""
        index, row = divmod(chip, BLOCK_CHIPS)
        if index != self._block_index:
            self._block_index = index
            self._signs = np.zeros((BLOCK_CHIPS, NUM_BANDS + 1), np.int8)
            self._signs[:, :-1] = marked_signs(self._key, index, self._coded)
        return np.asarray(self._signs[row], np.int8)

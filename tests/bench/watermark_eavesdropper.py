"""What somebody without the key has: clips of speech, marked or not, and their ripple."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.bench.watermark_attacks import RATE, Samples
from voices.enrolment.decode import decode_file, resampled
from voices.watermark.embedder import Marker
from voices.watermark.features import Matrix, at_analysis_rate, chip_ripple, power_spectra, ripple
from voices.watermark.grid import BLOCK_CHIPS, CHIPS_IN_2_S, NUM_BANDS, bands_of
from voices.watermark.issue import UtteranceMark, issue, periods_of
from voices.watermark.keys import EpochKey, epoch_key, family_key
from voices.watermark.pattern import PILOT, block

EPOCH: Final = 7
HOUSEHOLD: Final = bytes(range(32))
KEY: Final = family_key(HOUSEHOLD, EPOCH)
STOCK_KEY: Final = epoch_key(HOUSEHOLD, EPOCH)
CHIPS_IN_10_S: Final = 5 * CHIPS_IN_2_S
_SLOT: Final = 2
_OTHER_SPEEDS: Final = (1.0, 0.85, 1.18, 0.92, 1.09)


@dataclass(frozen=True, slots=True)
class Clip:
    """Unmarked speech of one speaker."""

    speaker: str
    samples: Samples


def speech_of(folder: Path) -> dict[str, Samples]:
    """All that each speaker says, one utterance after another."""
    speakers = sorted(path for path in folder.iterdir() if path.is_dir())
    return {
        speaker.name: np.concatenate(
            [decode_file(path).samples for path in sorted(speaker.glob("*.flac"))]
        )
        for speaker in speakers
    }


def clips_of(speech: dict[str, Samples], length_s: float, count: int) -> list[Clip]:
    """Clips of `length_s`; once all is used up, the same speech again at other speeds."""
    size = round(length_s * RATE)
    found: list[Clip] = []
    for speed in _OTHER_SPEEDS:
        for speaker, samples in speech.items():
            played = resampled(samples, round(RATE * speed), RATE) if speed != 1 else samples
            starts = range(0, played.size - size + 1, size)
            found += [Clip(speaker, played[start : start + size]) for start in starts]
        if len(found) >= count:
            break
    return found[:count]


def mark_of(key: EpochKey, number: int, said: str) -> UtteranceMark:
    """As the product issues it for utterance `number`, whose samples `said` determines."""
    return issue(_SLOT, number, key, said.encode())


def marked_with(plain: Samples, key: EpochKey, mark: UtteranceMark) -> Samples:
    """All of `plain` with the mark at normal strength."""
    marker = Marker(key, mark.payload, RATE, mark.start_phase)
    return np.concatenate([marker.process(plain), marker.finish()])


def periods_used(key: EpochKey, marks: Sequence[UtteranceMark], length_s: float) -> list[EpochKey]:
    """What the detector is given: a key for each period that the audit log names."""
    used = {index for mark in marks for index in periods_of(mark.start_phase, length_s)}
    return [key.period(index) for index in sorted(used)]


def cells_of(samples: Samples) -> Matrix:
    """The ripple of each chip and band at unit variance; chips begin with the clip."""
    frames = ripple(power_spectra(at_analysis_rate(samples, RATE), 1.0), 1.0)
    chips = chip_ripple(frames, 0)
    return np.asarray(chips / (chips.std(axis=0) + 1e-9), np.float32)


def pilots_of(key: EpochKey, start: int, count: int) -> Matrix:
    """The true pilot signs of `count` chips from chip `start` on; 0 elsewhere."""
    first, last = start // BLOCK_CHIPS, (start + count - 1) // BLOCK_CHIPS
    blocks = [block(key, index) for index in range(first, last + 1)]
    pilots = np.concatenate([np.where(each.roles == PILOT, each.signs, 0) for each in blocks])
    return np.asarray(pilots[start % BLOCK_CHIPS :][:count], np.float32)


def sign_accuracy(guess: NDArray[np.floating], pilots: Matrix) -> float:
    """The share of pilot signs that are guessed; where the guess is 0 a coin is tossed."""
    told = pilots != 0
    return float(np.mean((np.sign(guess[told]) * pilots[told] + 1) / 2))


def band_levels(samples: Samples, density: float = 1.0) -> Matrix:
    """In decibels, shape (frames, bands); `density` frames in 8 ms."""
    spectra = power_spectra(samples, density)
    bins_hz = np.linspace(0.0, RATE / 2, spectra.shape[1])
    energies = spectra @ (bands_of(bins_hz)[:, None] == np.arange(NUM_BANDS)).astype(np.float32)
    floor = 1e-5 * np.quantile(energies, 0.99) + np.quantile(energies, 0.1, axis=0)
    return np.asarray(10 * np.log10(energies + floor + 1e-20), np.float32)


def change_of(plain: Samples, changed: Samples) -> Matrix:
    """By how many decibels each chip of each band was raised: what a known original gives away."""
    return np.asarray(chip_ripple(band_levels(changed) - band_levels(plain), 0) / 2, np.float32)

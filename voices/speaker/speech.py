"""What the network hears of a recording: 16 kHz, loud enough, without long silences."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.speaker.mel import SAMPLE_RATE

Samples = NDArray[np.float32]

_TARGET_DBFS: Final = -30
_INT16_MAX: Final = 32767
_WINDOW: Final = 30 * SAMPLE_RATE // 1000
"""30 ms in samples, the longest window of the voice detector."""
_STRICTEST: Final = 3
_SMOOTHING: Final = 8
_DILATION: Final = 7
"""Windows: silences of up to six stay between two stretches of speech."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Speech at 16 kHz; `windows` says which 30 ms of the recording each 30 ms of it were."""

    samples: Samples = field(repr=False)
    windows: NDArray[np.intp] = field(repr=False)

    def time_s(self, sample: int) -> float:
        """When `sample` of the speech was in the recording."""
        window = self.windows[min(sample // _WINDOW, self.windows.size - 1)]
        return float(window * _WINDOW + sample % _WINDOW) / SAMPLE_RATE


def speech_of(samples: Samples, sample_rate: int) -> Speech:
    """The speech in a recording; empty if there is none."""
    heard = _loud_enough(_resampled(samples, sample_rate))
    heard = heard[: heard.size - heard.size % _WINDOW]
    kept = _near_speech(_voiced(heard))
    return Speech(heard.reshape(-1, _WINDOW)[kept].reshape(-1), np.flatnonzero(kept))


def _resampled(samples: Samples, sample_rate: int) -> Samples:
    plain = np.ascontiguousarray(samples, np.float32)
    if sample_rate == SAMPLE_RATE:
        return plain
    import soxr

    return np.asarray(soxr.resample(plain, sample_rate, SAMPLE_RATE, quality="HQ"), np.float32)


def _loud_enough(samples: Samples) -> Samples:
    """Raised to -30 dBFS on average; never lowered."""
    level = float(np.sqrt(np.mean((samples * _INT16_MAX) ** 2))) if samples.size else 0.0
    if not level:
        return samples
    change_db = _TARGET_DBFS - 20 * np.log10(level / _INT16_MAX)
    return samples if change_db < 0 else (samples * 10 ** (change_db / 20)).astype(np.float32)


def _voiced(samples: Samples) -> NDArray[np.bool_]:
    """Whether there is voice in each window."""
    import webrtcvad

    detector = webrtcvad.Vad(_STRICTEST)
    pcm = np.round(np.clip(samples, -1, 1) * _INT16_MAX).astype("<i2").reshape(-1, _WINDOW)
    return np.array([detector.is_speech(row.tobytes(), SAMPLE_RATE) for row in pcm], bool)


def _near_speech(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Windows around which most are voiced, and three more at either side."""
    before = (_SMOOTHING - 1) // 2
    share = _sums(voiced, _SMOOTHING, before) / _SMOOTHING
    return _sums(np.round(share), _DILATION, _DILATION // 2) > 0


def _sums(values: NDArray[np.generic], width: int, before: int) -> NDArray[np.float64]:
    """Of `width` neighbours each, `before` of them earlier."""
    padded = np.pad(values.astype(np.float64), (before + 1, width - 1 - before))
    running = np.cumsum(padded)
    return running[width:] - running[: running.size - width]

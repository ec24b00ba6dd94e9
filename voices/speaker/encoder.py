"""From a recording to a speaker embedding: 256 numbers that are alike for the same voice."""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voices.errors import EnrolmentRefusedError, SpeakerModelError
from voices.speaker.graph import INPUT, NUM_FRAMES, SIZE
from voices.speaker.mel import HOP, SAMPLE_RATE, mel_spectrum
from voices.speaker.model import HINT, read_model
from voices.speaker.speech import Speech, speech_of

Samples = NDArray[np.float32]
Embedding = NDArray[np.float32]

PARTIAL_S: Final = NUM_FRAMES * HOP / SAMPLE_RATE
"""Length of one partial: 1.6 s, as the network was trained."""
_STEP: Final = round(SAMPLE_RATE / 1.3 / HOP)
"""Frames from one partial to the next: 1.3 a second."""
_LEAST_COVERAGE: Final = 0.75
"""Of the last partial; one that holds less is dropped unless it is the only one."""
_PARTIALS_AT_ONCE: Final = 32
_SILENT: Final = 3
"""Level of onnxruntime's own log: errors only."""


class SpeakerEncoder:
    """The network, loaded; may be used by several threads.

    Takes 5.7 MB and some 3 ms for a second of speech on one core.
    """

    def __init__(self, model_path: Path, *, num_threads: int = 1) -> None:
        self._session = _session(read_model(model_path), num_threads)

    def embed(self, samples: Samples, sample_rate: int) -> Embedding:
        """The embedding of whoever speaks, of unit length; refused where nobody does."""
        _times_s, partials = self.partials(samples, sample_rate)
        mean = partials.mean(axis=0, dtype=np.float64)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def partials(
        self, samples: Samples, sample_rate: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """When in the recording each 1.6 s of speech begins, and its embeddings `[n, 256]`."""
        speech = speech_of(_checked(samples, sample_rate), sample_rate)
        if not speech.samples.size:
            raise EnrolmentRefusedError(
                "there is no speech in the recording",
                hint="record it again, nearer to the microphone",
                reason="no_speech",
            )
        starts = _starts(speech.samples.size)
        times_s = np.array([speech.time_s(start * HOP) for start in starts])
        return times_s, self._embeddings(_windows(speech, starts))

    def _embeddings(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        parts: list[Embedding] = [
            self._session.run(None, {INPUT: windows[start : start + _PARTIALS_AT_ONCE]})[0]
            for start in range(0, len(windows), _PARTIALS_AT_ONCE)
        ]
        # The network divides by zero where nothing in it answers.
        embeddings = np.concatenate(parts)
        return np.where(np.isnan(embeddings), np.float32(SIZE**-0.5), embeddings)


def _checked(samples: Samples, sample_rate: int) -> Samples:
    if samples.ndim != 1 or sample_rate <= 0:
        raise ValueError("samples are one row of mono audio, with a sample rate above 0")
    if not np.isfinite(samples).all():
        raise EnrolmentRefusedError(
            "the recording holds values that are no numbers", reason="broken_audio"
        )
    return samples


def _starts(num_samples: int) -> list[int]:
    """First frame of every partial."""
    num_frames = -(-(num_samples + 1) // HOP)
    starts = list(range(0, max(1, num_frames - NUM_FRAMES + _STEP + 1), _STEP))
    coverage = (num_samples / HOP - starts[-1]) / NUM_FRAMES
    return starts[:-1] if coverage < _LEAST_COVERAGE and len(starts) > 1 else starts


def _windows(speech: Speech, starts: list[int]) -> NDArray[np.float32]:
    missing = (starts[-1] + NUM_FRAMES) * HOP - speech.samples.size
    spectrum = mel_spectrum(np.pad(speech.samples, (0, max(0, missing))))
    return np.stack([spectrum[start : start + NUM_FRAMES] for start in starts])


def _session(model: bytes, num_threads: int) -> Any:
    # The library reports its use to its maker unless it is told not to before it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's errors have no common base
        raise SpeakerModelError(
            f"the speaker model cannot be loaded ({type(error).__name__})",
            hint=HINT,
            reason="speaker_model_damaged",
        ) from error

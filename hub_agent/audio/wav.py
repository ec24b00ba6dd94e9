"""Writing WAV files and raw 16-bit PCM."""

import io
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hub_agent.audio.part_file import PartFile, storage_faults
from hub_agent.audio.stage import Samples
from hub_agent.audio.writer import SpeechWriter
from hub_agent.errors import SinkError

HEADER_BYTES = 44
ENDLESS_BYTES = 0xFFFF_FFFF - HEADER_BYTES
"""The sizes in a WAV header have 32 bits."""

LABEL_ROOM_BYTES = 1 << 20
"""For what is said about the samples behind them: labels, content credentials."""

MOST_DATA_BYTES = ENDLESS_BYTES - LABEL_ROOM_BYTES


def float_to_pcm16(samples: Samples) -> bytes:
    """Little-endian 16-bit PCM, rounded to nearest; what lies outside [-1, 1] is clipped."""
    scaled = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0) * np.float32(32768)
    return scaled.round().clip(-32768, 32767).astype(np.int16).tobytes()


def pcm16_to_float(pcm: bytes) -> Samples:
    """Samples of little-endian 16-bit PCM; half a sample at the end is dropped."""
    whole = pcm[: len(pcm) // 2 * 2]
    return np.frombuffer(whole, "<i2").astype(np.float32) / np.float32(32768)


def wav_header(sample_rate: int, data_bytes: int) -> bytes:
    """The header of a mono 16-bit WAV file."""
    riff = struct.pack("<4sI4s", b"RIFF", data_bytes + HEADER_BYTES - 8, b"WAVE")
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate, sample_rate * 2, 2, 16)
    return riff + fmt + struct.pack("<4sI", b"data", data_bytes)


class WavWriter(SpeechWriter):
    """See `SpeechWriter`; mono, 16 bits.

    Given a stream instead of a path, that stream is left open; the sizes in its header are right at
    the end if it can seek, and "endless" if not.
    """

    def __init__(self, target: Path | BinaryIO, sample_rate: int, *, mode: int = 0o644) -> None:
        super().__init__()
        self._data_bytes = 0
        self._sample_rate = sample_rate
        with storage_faults(self.discard):
            if isinstance(target, Path):
                self._part = PartFile(target, mode)
                self._file = self._part.file
            else:
                self._file = target
            self._seekable = self._file.seekable()
            self._start = self._file.tell() if self._seekable else 0
            self._file.write(wav_header(sample_rate, 0 if self._seekable else ENDLESS_BYTES))

    @property
    def is_empty(self) -> bool:
        """See `SpeechWriter.is_empty`."""
        return self._data_bytes == 0

    def write(self, samples: Samples) -> None:
        """See `SpeechWriter.write`."""
        pcm = float_to_pcm16(samples)
        if self._data_bytes + len(pcm) > MOST_DATA_BYTES:
            self.discard()
            raise SinkError("a WAV file cannot be longer than 4 GiB", reason="file_too_long")
        with storage_faults(self.discard):
            self._file.write(pcm)
        self._data_bytes += len(pcm)

    def _complete(self) -> None:
        if self._seekable:
            self._file.seek(self._start)
            self._file.write(wav_header(self._sample_rate, self._data_bytes))
            self._file.seek(0, io.SEEK_END)
        self._file.flush()

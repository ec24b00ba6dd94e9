"""Writing WAV files and raw 16-bit PCM."""

import contextlib
import errno
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from hub_agent.audio.stage import Samples
from hub_agent.errors import SinkError

HEADER_BYTES = 44
MOST_DATA_BYTES = 0xFFFF_FFFF - HEADER_BYTES
"""The sizes in a WAV header have 32 bits."""

PART_SUFFIX = ".part"


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


class WavWriter:
    """Writes mono 16-bit WAV as it comes. Blocking: call it from worker threads.

    Given a path, the file appears under its name only when `close` has written everything; the
    context manager calls `discard` instead when its block fails. Given a stream, that stream is
    left open; the sizes in its header are right at the end if it can seek, and "endless" if not.
    Raises `SinkError` when nothing more can be stored, and then nothing is left behind.
    """

    def __init__(self, target: Path | BinaryIO, sample_rate: int, *, mode: int = 0o644) -> None:
        self._path = target if isinstance(target, Path) else None
        self._data_bytes = 0
        self._sample_rate = sample_rate
        self._closed = self._created = False
        with self._stored():
            self._file = _create(target, mode) if isinstance(target, Path) else target
            self._created = self._path is not None
            self._seekable = self._file.seekable()
            self._start = self._file.tell() if self._seekable else 0
            self._file.write(wav_header(sample_rate, 0 if self._seekable else MOST_DATA_BYTES))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""
        return self._data_bytes == 0

    def write(self, samples: Samples) -> None:
        """Append samples."""
        pcm = float_to_pcm16(samples)
        if self._data_bytes + len(pcm) > MOST_DATA_BYTES:
            self.discard()
            raise SinkError("a WAV file cannot be longer than 4 GiB", reason="file_too_long")
        with self._stored():
            self._file.write(pcm)
        self._data_bytes += len(pcm)

    def close(self) -> None:
        """Complete the header and give the file its name."""
        if self._closed:
            return
        with self._stored():
            if self._seekable:
                self._file.seek(self._start)
                self._file.write(wav_header(self._sample_rate, self._data_bytes))
                self._file.seek(0, os.SEEK_END)
            self._file.flush()
            if self._path is not None:
                _publish(self._file, self._path)
        self._closed = True

    def discard(self) -> None:
        """Drop the file; harmless after `close`."""
        if self._closed:
            return
        self._closed = True
        if self._path is not None:
            with contextlib.suppress(OSError):
                part_path(self._path).unlink(missing_ok=True)
                if self._created:
                    self._file.close()

    @contextlib.contextmanager
    def _stored(self) -> Iterator[None]:
        """Turn what the file system says into a `SinkError`, and drop the half file."""
        try:
            yield
        except OSError as error:
            self.discard()
            raise _storage_error(error) from error


def part_path(path: Path) -> Path:
    """Where a file lies until it is complete."""
    return path.with_name(f".{path.name}.{os.getpid()}{PART_SUFFIX}")


def _create(path: Path, mode: int) -> BinaryIO:
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(part_path(path), flags, mode), "w+b")


def _publish(file: BinaryIO, path: Path) -> None:
    os.fsync(file.fileno())
    file.close()
    part_path(path).replace(path)


def _storage_error(error: OSError) -> SinkError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SinkError("the disk is full", hint="make room, then try again", reason="disk_full")
    if isinstance(error, BrokenPipeError):
        return SinkError("the reader has gone", reason="reader_gone")
    return SinkError(
        f"cannot write the WAV file: {error.strerror or 'unknown error'}",
        hint="check that the folder exists and may be written",
        reason="not_writable",
    )

"""Reading WAV files that people bring."""

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hub_agent.audio.stage import Samples
from hub_agent.errors import InvalidAnnouncementError, NotFoundError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_MOST_CHANNELS = 8
_RATES = range(4_000, 384_001)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    kind: int
    channels: int
    sample_rate: int
    bits: int


def read_wav(path: Path, *, max_s: float) -> tuple[Samples, int]:
    """The samples, mixed to mono, and their rate. Blocking.

    Takes 8, 16, 24 and 32-bit PCM and 32-bit float. Raises `NotFoundError` when the file cannot
    be opened and `InvalidAnnouncementError` when it is no such WAV file or is longer than `max_s`.
    """
    try:
        with path.open("rb") as file:
            return _parse(file, max_s)
    except OSError as error:
        raise NotFoundError(
            "the WAV file cannot be opened", hint="check its path and that the agent may read it"
        ) from error


def _parse(file: BinaryIO, max_s: float) -> tuple[Samples, int]:
    riff = file.read(12)
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        raise _unusable("it is not a WAV file")
    wav_format: _Format | None = None
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            if wav_format is None:
                raise _unusable("its format is missing")
            return _samples(file, size, wav_format, max_s), wav_format.sample_rate
        if name == b"fmt ":
            wav_format = _read_format(file.read(min(size, 40)))
            file.seek(max(0, size - 40), io.SEEK_CUR)
        else:
            file.seek(size, io.SEEK_CUR)
        file.seek(size % 2, io.SEEK_CUR)
    raise _unusable("it holds no samples")


def _read_format(chunk: bytes) -> _Format:
    if len(chunk) < 16:
        raise _unusable("its format is cut off")
    kind, channels, sample_rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = struct.unpack("<H", chunk[24:26])[0]
    if (kind, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32)}:
        raise _unusable("only 8, 16, 24 and 32-bit PCM and 32-bit float can be read")
    if not 1 <= channels <= _MOST_CHANNELS or sample_rate not in _RATES:
        raise _unusable("its number of channels or its sample rate is out of range")
    return _Format(kind=kind, channels=channels, sample_rate=sample_rate, bits=bits)


def _samples(file: BinaryIO, size: int, wav_format: _Format, max_s: float) -> Samples:
    frame_bytes = wav_format.channels * wav_format.bits // 8
    most = int(max_s * wav_format.sample_rate) * frame_bytes
    data = file.read(min(size, most + frame_bytes))
    if len(data) > most:
        raise _unusable(f"it is longer than {max_s:g} seconds")
    whole = data[: len(data) // frame_bytes * frame_bytes]
    frames = _decode(whole, wav_format).reshape(-1, wav_format.channels)
    mono: Samples = frames.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mono


def _decode(data: bytes, wav_format: _Format) -> NDArray[np.float64]:
    if wav_format.kind == _FLOAT:
        floats = np.frombuffer(data, "<f4").astype(np.float64)
        return np.clip(np.nan_to_num(floats), -1.0, 1.0)
    if wav_format.bits == 8:
        return (np.frombuffer(data, np.uint8) - 128.0) / 128
    if wav_format.bits == 16:
        return np.frombuffer(data, "<i2") / 32768
    if wav_format.bits == 24:
        return _widen_24_bit(data) / (1 << 31)
    return np.frombuffer(data, "<i4") / (1 << 31)


def _widen_24_bit(data: bytes) -> NDArray[np.int32]:
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.view("<i4")[:, 0]


def _unusable(why: str) -> InvalidAnnouncementError:
    return InvalidAnnouncementError(
        f"the WAV file cannot be used: {why}",
        hint="convert it to 16-bit PCM, mono, at 48 kHz",
        reason="invalid_chime",
    )

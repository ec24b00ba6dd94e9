"""WAV as it streams in, byte by byte: a header that may not know how much will come, then PCM."""

import struct
from typing import Final

import numpy as np

from hub_agent.audio.stage import Samples
from hub_agent.errors import UnavailableError

MOST_HEADER_BYTES: Final = 4096
RATES: Final = range(8_000, 96_001)
_PCM: Final = 1
_EXTENSIBLE: Final = 0xFFFE
_UNKNOWN_LENGTH: Final = (0, 0xFFFF_FFFF)
"""What writers put in the header of a stream."""


class WavStream:
    """Mono 16-bit PCM in a WAV file; `sample_rate` is known after the first samples."""

    def __init__(self) -> None:
        self.sample_rate = 0
        self._held = b""
        self._left: int | None = None

    def feed(self, data: bytes) -> Samples:
        """The samples that are complete by now. Raises `UnavailableError` for anything else."""
        self._held += data
        if not self.sample_rate and not self._read_header():
            return np.zeros(0, np.float32)
        end = len(self._held) if self._left is None else min(len(self._held), self._left)
        end -= end % 2
        pcm, self._held = self._held[:end], self._held[end:]
        if self._left is not None:
            self._left -= end
        return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)

    def _read_header(self) -> bool:
        """Whether it is complete; what remains held is PCM then."""
        held = self._held
        if len(held) >= 12 and (held[:4] != b"RIFF" or held[8:12] != b"WAVE"):
            raise _no_speech()
        at, rate = 12, 0
        while len(held) >= at + 8:
            kind, size = struct.unpack_from("<4sI", held, at)
            at += 8
            if kind == b"data" and rate:
                self.sample_rate, self._held = rate, held[at:]
                self._left = None if size in _UNKNOWN_LENGTH else size
                return True
            if kind == b"fmt " and len(held) >= at + 16:
                rate = _rate(held[at : at + 16])
            at += size + size % 2
        if len(held) > MOST_HEADER_BYTES:
            raise _no_speech()
        return False


def _rate(fmt: bytes) -> int:
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", fmt)
    if form not in (_PCM, _EXTENSIBLE) or (channels, bits) != (1, 16) or rate not in RATES:
        raise _no_speech()
    return int(rate)


def _no_speech() -> UnavailableError:
    return UnavailableError(
        "the speech server answered with something else than speech",
        hint="hub-agent doctor",
        reason="server_answer",
    )

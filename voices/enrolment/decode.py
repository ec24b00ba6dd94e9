"""Audio files of any common kind as mono samples.

What arrives is not trusted: the kind is told by the first bytes, one demuxer is allowed for it,
which can open nothing else, and size and duration are limited before and while decoding.
The only module that decodes with PyAV.
"""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from voices.enrolment.containers import HEAD_BYTES, demuxer_of, is_allowed
from voices.enrolment.mixdown import ChannelSums, weights
from voices.enrolment.progress import Progress, part, silent
from voices.errors import EnrolmentRefusedError

if TYPE_CHECKING:
    import av

Samples = NDArray[np.float32]

HIGHEST_RATE: Final = 48_000
"""In Hz. Nothing above 24 kHz belongs to a voice; faster recordings are resampled."""

_ALLOWED_RATES: Final = range(8_000, 192_001)
_MOST_CHANNELS: Final = 8
_BLOCK: Final = 1 << 16
_TAKEN: Final = "WAV, FLAC, MP3, Ogg, Opus, M4A and WebM are taken"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused: bigger files, before opening; longer audio, while decoding."""

    max_bytes: int = 200 * 1024**2
    max_s: float = 1800.0


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono samples within [-1, 1] at the rate of the file, at most 48 kHz."""

    samples: Samples = field(repr=False)
    sample_rate: int

    @property
    def duration_s(self) -> float:
        """Seconds of audio."""
        return self.samples.size / self.sample_rate


def decode_file(path: Path, *, limits: Limits = LIMITS, progress: Progress = silent) -> Audio:
    """The audio of a regular file; EnrolmentRefusedError says why there is none."""
    with _regular_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        return _decoder(file, size, path.name, limits, HIGHEST_RATE).audio(progress)


def decode_bytes(
    data: bytes, *, name: str, limits: Limits = LIMITS, progress: Progress = silent
) -> Audio:
    """The audio of an upload; `name` is what messages call it."""
    return _decoder(io.BytesIO(data), len(data), name, limits, HIGHEST_RATE).audio(progress)


def decode_blocks(
    path: Path, *, highest_rate: int, limits: Limits = LIMITS, progress: Progress = silent
) -> Iterator[Audio]:
    """The audio of a regular file of any length, block by block, at most at `highest_rate`.

    Raises EnrolmentRefusedError like `decode_file`; what is over full scale stays there.
    """
    with _regular_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        decoder = _decoder(file, size, path.name, limits, highest_rate)
        yield from decoder.blocks(progress)


def resampled(samples: Samples, sample_rate: int, target_rate: int) -> Samples:
    """The same audio at another rate."""
    if sample_rate == target_rate:
        return samples
    import av

    resampler = av.AudioResampler(format="fltp", layout="mono", rate=target_rate)
    pieces: list[Samples] = []
    for start in range(0, samples.size, _BLOCK):
        block = np.ascontiguousarray(samples[None, start : start + _BLOCK], np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = sample_rate
        pieces += (part.to_ndarray()[0] for part in resampler.resample(frame))
    pieces += (part.to_ndarray()[0] for part in resampler.resample(None))
    length = round(samples.size * target_rate / sample_rate)
    return _of_length(pieces, length)


def _of_length(pieces: list[Samples], length: int) -> Samples:
    whole = np.zeros(length, np.float32)
    at = 0
    for piece in pieces:
        fits = piece[: length - at]
        whole[at : at + fits.size] = fits
        at += fits.size
    return whole


@contextmanager
def _regular_file(path: Path) -> Iterator[BinaryIO]:
    """Opened without following a link and without waiting for a pipe's writer."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise _refusal("unreadable", f"there is no file {path.name!r}") from error
    except OSError as error:
        raise _refusal("not_a_file", f"{path.name!r} cannot be opened as a file") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _refusal("not_a_file", f"{path.name!r} is not a regular file")
    with os.fdopen(handle, "rb") as file:
        yield file


def _decoder(file: BinaryIO, size: int, name: str, limits: Limits, highest_rate: int) -> "_Decoder":
    if size == 0:
        raise _refusal("empty", f"{name!r} is empty")
    if size > limits.max_bytes:
        text = f"{name!r} has {size / 1024**2:.0f} MB, {limits.max_bytes / 1024**2:.0f} are allowed"
        raise _refusal("too_big", text)
    demuxer = demuxer_of(file.read(HEAD_BYTES))
    if demuxer is None:
        raise _refusal("not_audio", f"{name!r} is not an audio file that is known", hint=_TAKEN)
    return _Decoder(file, demuxer, name, limits, highest_rate)


class _Decoder:
    """Reads one file, twice when it has several channels: first to learn which are alike."""

    def __init__(
        self, file: BinaryIO, demuxer: str, name: str, limits: Limits, highest_rate: int
    ) -> None:
        self._file = file
        self._demuxer = demuxer
        self._name = name
        self._limits = limits
        self._highest_rate = highest_rate
        self._rate = 0

    def audio(self, progress: Progress) -> Audio:
        """All of it, mixed down; refused where nothing can be decoded."""
        samples = np.concatenate([block.samples for block in self.blocks(progress)])
        return Audio(_within_range(samples), self._rate)

    def blocks(self, progress: Progress) -> Iterator[Audio]:
        """All of it, mixed down, as it is decoded; refused where nothing can be."""
        mix = weights(self._sums(part(progress, 0.0, 0.5)))
        for planes in self._planes(part(progress, 0.5, 1.0)):
            yield Audio((mix @ planes).astype(np.float32, copy=False), self._rate)
        progress(1.0)

    def _sums(self, progress: Progress) -> ChannelSums:
        sums: ChannelSums | None = None
        for planes in self._planes(progress):
            sums = sums or ChannelSums(len(planes))
            sums.add(planes)
            if len(planes) == 1:
                break
        if sums is None:
            raise _refusal("empty", f"{self._name!r} holds no sound")
        return sums

    def _planes(self, progress: Progress) -> Iterator[Samples]:
        """Blocks of [channels, samples]; a damaged end is left out, a damaged beginning refused."""
        import av

        heard = 0
        try:
            with self._opened() as container:
                for planes in self._resampled(container):
                    heard += planes.shape[1]
                    self._check_length(heard / self._rate)
                    progress(_share(container, heard / self._rate))
                    yield planes
        except (av.FFmpegError, ValueError, OverflowError, MemoryError) as error:
            if not heard:
                raise _refusal("unreadable", f"{self._name!r} cannot be decoded") from error

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        import av

        self._file.seek(0)
        with av.open(
            self._file, format=self._demuxer, io_open=_nothing_else, metadata_errors="ignore"
        ) as container:
            yield container

    def _resampled(self, container: Any) -> Iterator[Samples]:
        import av

        stream = self._stream(container)
        self._rate = min(stream.rate, self._highest_rate)
        resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=self._rate)
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                yield _planes_of(piece)
        for piece in resampler.resample(None):
            yield _planes_of(piece)

    def _stream(self, container: Any) -> "av.AudioStream":
        if not container.streams.audio:
            raise _refusal("not_audio", f"{self._name!r} holds no sound")
        stream: av.AudioStream = container.streams.audio[0]
        codec: Any = stream.codec_context  # None where FFmpeg has no decoder
        if codec is None or not is_allowed(codec.name):
            raise _refusal("not_audio", f"{self._name!r} is of an unknown kind", hint=_TAKEN)
        if stream.rate not in _ALLOWED_RATES:
            text = f"{self._name!r} has {stream.rate} samples a second, 8000 to 192000 are taken"
            raise _refusal("bad_rate", text)
        if not 1 <= stream.channels <= _MOST_CHANNELS:
            raise _refusal("not_audio", f"{self._name!r} has {stream.channels} channels")
        return stream

    def _check_length(self, heard_s: float) -> None:
        if heard_s > self._limits.max_s:
            text = f"{self._name!r} is longer than {self._limits.max_s / 60:.0f} minutes"
            raise _refusal("too_long", text, hint="cut out a minute or two of speech")


def _planes_of(frame: "av.AudioFrame") -> Samples:
    return frame.to_ndarray().astype(np.float32, copy=False)


def _share(container: Any, heard_s: float) -> float:
    """Of the file, by the duration its head promises, in microseconds; 0 when it promises none."""
    promised_s = (container.duration or 0) / 1e6
    return heard_s / promised_s if promised_s > 0 else 0.0


def _nothing_else(*_arguments: object) -> Any:
    """Called when a file asks for another one, by path or address."""
    raise ValueError("a recording may not refer to other files")


def _within_range(samples: Samples) -> Samples:
    """Numbers only, and turned down as a whole where something is over full scale."""
    np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(np.max(np.abs(samples), initial=0.0))
    return samples / np.float32(peak) if peak > 1.0 else samples


def _refusal(reason: str, text: str, *, hint: str | None = None) -> EnrolmentRefusedError:
    return EnrolmentRefusedError(text, hint=hint, reason=reason)

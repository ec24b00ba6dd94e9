"""Writing MP3, FLAC and Ogg Opus files, with the encoders that come with PyAV."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from hub_agent.audio.part_file import Finishing, PartFile, storage_faults
from hub_agent.audio.resample import Resampler
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How speech is encoded; `rates` in Hz, none for any; `bit_rate` in bit/s, 0 for lossless."""

    container: str
    encoder: str
    rates: tuple[int, ...] = ()
    bit_rate: int = 0
    container_options: tuple[tuple[str, str], ...] = ()
    encoder_options: tuple[tuple[str, str], ...] = ()

    def rate_for(self, sample_rate: int) -> int:
        """The lowest rate that keeps everything, else the highest there is."""
        enough = [rate for rate in self.rates if rate >= sample_rate]
        return min(enough, default=max(self.rates, default=sample_rate))


MP3: Final = Codec(
    container="mp3",
    encoder="libmp3lame",
    rates=(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    bit_rate=64_000,
    container_options=(("id3v2_version", "0"),),  # the label brings its own tag
)
FLAC: Final = Codec(container="flac", encoder="flac")
OPUS: Final = Codec(
    container="ogg",
    encoder="libopus",
    rates=(8_000, 12_000, 16_000, 24_000, 48_000),
    bit_rate=48_000,
    encoder_options=(("application", "voip"),),
)


class EncodedWriter:
    """Writes mono speech as it comes, like `WavWriter` with a path. Blocking."""

    def __init__(self, path: Path, sample_rate: int, codec: Codec, *, mode: int = 0o644) -> None:
        self._rate = codec.rate_for(sample_rate)
        self._resampler = Resampler(sample_rate, self._rate)
        self._lossless = not codec.bit_rate
        self._written = 0
        self._closed = False
        self._part: PartFile | None = None
        self._container: Any = None
        with storage_faults(self.discard):
            self._part = PartFile(path, mode)
            self._container, self._stream = _opened(self._part, codec, self._rate)

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
        return self._written == 0

    def write(self, samples: Samples) -> None:
        """Append samples."""
        with storage_faults(self.discard):
            self._encode(self._resampler.process(samples))

    def close(self, finishing: Finishing | None = None) -> None:
        """Complete the file, let `finishing` have it, and give it its name."""
        if self._closed or self._part is None:
            return
        with storage_faults(self.discard):
            self._encode(self._resampler.finish())
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._part.publish(finishing)
        self._closed = True

    def discard(self) -> None:
        """Drop the file; harmless after `close`."""
        if not self._closed and self._part is not None:
            self._part.discard()
        self._closed = True

    def _encode(self, samples: Samples) -> None:
        if not samples.size:
            return
        frame = _pcm16_frame(samples) if self._lossless else _float_frame(samples)
        frame.sample_rate = self._rate
        frame.pts, frame.time_base = self._written, Fraction(1, self._rate)
        self._written += samples.size
        self._container.mux(self._stream.encode(frame))


def _pcm16_frame(samples: Samples) -> Any:
    import av

    pcm = np.frombuffer(float_to_pcm16(samples), np.int16)
    return av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")


def _float_frame(samples: Samples) -> Any:
    import av

    within = np.clip(samples, -1.0, 1.0)
    return av.AudioFrame.from_ndarray(within[None], format="flt", layout="mono")


def _opened(part: PartFile, codec: Codec, sample_rate: int) -> tuple[Any, Any]:
    import av

    container = av.open(
        part.file, "w", format=codec.container, container_options=dict(codec.container_options)
    )
    stream: Any = container.add_stream(
        codec.encoder, rate=sample_rate, options=dict(codec.encoder_options)
    )
    stream.layout = "mono"
    if codec.bit_rate:
        stream.bit_rate = codec.bit_rate
    return container, stream

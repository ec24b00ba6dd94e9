"""Encoding speech as MP3, FLAC and Ogg Opus, with the encoders that come with PyAV."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Protocol

import numpy as np

from hub_agent.audio.resample import Resampler
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How speech is encoded; `rates` in Hz, none for any; `bit_rate` in bit/s, 0 for lossless."""

    container: str
    encoder: str
    rates: tuple[int, ...] = ()
    bit_rate: int = 0
    container_options: Options = ()
    encoder_options: Options = ()

    def rate_for(self, sample_rate: int) -> int:
        """The lowest rate that keeps everything, else the highest there is."""
        enough = [rate for rate in self.rates if rate >= sample_rate]
        return min(enough, default=max(self.rates, default=sample_rate))

    def at_once(self, *options: tuple[str, str]) -> "Codec":
        """The same, giving out each packet when it is made."""
        return replace(
            self, container_options=(*self.container_options, ("flush_packets", "1"), *options)
        )


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


class Target(Protocol):
    """Where encoded bytes go; one that can seek gets its sizes filled in."""

    def write(self, data: bytes, /) -> int:
        """Take bytes."""
        ...


class Encoder:
    """Encodes mono speech as it comes. Blocking. Raises what `target` raises."""

    def __init__(
        self,
        target: Target,
        sample_rate: int,
        codec: Codec,
        *,
        comments: Mapping[str, str] | None = None,
    ) -> None:
        self._rate = codec.rate_for(sample_rate)
        self._resampler = Resampler(sample_rate, self._rate)
        self._lossless = not codec.bit_rate
        self._container, self._stream = _opened(target, codec, self._rate, comments or {})
        self.num_samples = 0

    def write(self, samples: Samples) -> None:
        """Encode samples; some come out only with later ones."""
        self._encode(self._resampler.process(samples))

    def finish(self) -> None:
        """Give out the rest."""
        self._encode(self._resampler.finish())
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def _encode(self, samples: Samples) -> None:
        if not samples.size:
            return
        frame = _pcm16_frame(samples) if self._lossless else _float_frame(samples)
        frame.sample_rate = self._rate
        frame.pts, frame.time_base = self.num_samples, Fraction(1, self._rate)
        self.num_samples += samples.size
        self._container.mux(self._stream.encode(frame))


def _pcm16_frame(samples: Samples) -> Any:
    import av

    pcm = np.frombuffer(float_to_pcm16(samples), np.int16)
    return av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")


def _float_frame(samples: Samples) -> Any:
    import av

    within = np.clip(samples, -1.0, 1.0)
    return av.AudioFrame.from_ndarray(within[None], format="flt", layout="mono")


def _opened(
    target: Target, codec: Codec, sample_rate: int, comments: Mapping[str, str]
) -> tuple[Any, Any]:
    import av

    container: Any = av.open(
        target, "w", format=codec.container, container_options=dict(codec.container_options)
    )
    stream: Any = container.add_stream(
        codec.encoder, rate=sample_rate, options=dict(codec.encoder_options)
    )
    stream.layout = "mono"
    if codec.bit_rate:
        stream.bit_rate = codec.bit_rate
    container.metadata.update(comments)
    stream.metadata.update(comments)
    return container, stream

"""Labelled speech as bytes for a stream: what is said about it comes first, sizes are unknown."""

from collections.abc import Callable
from typing import Final, Protocol

from hub_agent.audio.encoder import FLAC, MP3, OPUS, Codec, Encoder
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16, wav_header
from hub_agent.labels.label import Label
from hub_agent.labels.riff import label_chunks
from hub_agent.labels.tags import comments, id3_tag

UNKNOWN_BYTES: Final = 0xFFFF_FFFF
"""What players of streams take for "until it ends", in both sizes of a WAV header."""


class SpeechStream(Protocol):
    """One announcement. Blocking: encoders compute."""

    def head(self) -> bytes:
        """What comes before the first sample."""
        ...

    def write(self, samples: Samples) -> bytes:
        """What can be sent of it now."""
        ...

    def finish(self) -> bytes:
        """The rest."""
        ...


class WavStream:
    """See `SpeechStream`; 16-bit mono."""

    def __init__(self, sample_rate: int, label: Label) -> None:
        self._sample_rate = sample_rate
        self._label = label

    def head(self) -> bytes:
        """See `SpeechStream.head`; RIFF readers skip the label's chunks."""
        known = wav_header(self._sample_rate, 0)
        size = UNKNOWN_BYTES.to_bytes(4, "little")
        return b"RIFF" + size + known[8:-8] + label_chunks(self._label) + b"data" + size

    def write(self, samples: Samples) -> bytes:
        """See `SpeechStream.write`."""
        return float_to_pcm16(samples)

    def finish(self) -> bytes:
        """See `SpeechStream.finish`."""
        return b""


class EncodedStream:
    """See `SpeechStream`."""

    def __init__(self, sample_rate: int, codec: Codec, label: Label) -> None:
        self._out = _Bytes()
        self._is_mp3 = codec.container == MP3.container
        self._label = label
        told = {} if self._is_mp3 else comments(label)
        self._encoder = Encoder(self._out, sample_rate, codec, comments=told)

    def head(self) -> bytes:
        """See `SpeechStream.head`."""
        return id3_tag(self._label) if self._is_mp3 else self._out.take()

    def write(self, samples: Samples) -> bytes:
        """See `SpeechStream.write`."""
        self._encoder.write(samples)
        return self._out.take()

    def finish(self) -> bytes:
        """See `SpeechStream.finish`."""
        self._encoder.finish()
        return self._out.take()


class _Bytes:
    """See `Target`; cannot seek."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes, /) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def _encoded(codec: Codec) -> Callable[[int, Label], SpeechStream]:
    return lambda sample_rate, label: EncodedStream(sample_rate, codec, label)


STREAMS: Final[dict[str, Callable[[int, Label], SpeechStream]]] = {
    "wav": WavStream,
    "flac": _encoded(FLAC.at_once()),
    "ogg": _encoded(OPUS.at_once(("page_duration", "20000"))),
    "mp3": _encoded(MP3.at_once(("write_xing", "0"))),
}
"""By the usual end of a file's name; each takes the rate of the samples (Hz) and the label."""
MEDIA_TYPES: Final = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
}

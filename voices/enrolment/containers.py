"""Which kind of audio file some bytes begin, told by the bytes and never by the name."""

from typing import Final

HEAD_BYTES: Final = 16
"""As many bytes as `demuxer_of` looks at."""

CODECS: Final = frozenset({"aac", "alac", "flac", "mp3", "mp3float", "opus", "vorbis"})
"""What may be decoded, beside uncompressed samples; names as FFmpeg has them."""

_PREFIXES: Final = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
)


def demuxer_of(head: bytes) -> str | None:
    """FFmpeg's name of the only demuxer that may read what begins with `head`; None for others."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "mov"
    for prefix, demuxer in _PREFIXES:
        if head.startswith(prefix):
            return demuxer
    return _of_bare_stream(head)


def is_allowed(codec: str) -> bool:
    """Whether audio of this codec is taken."""
    return codec in CODECS or codec.startswith("pcm_")


def _of_bare_stream(head: bytes) -> str | None:
    """MPEG audio without a container: eleven set bits, then version and layer."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3
    if layer == 0:
        return "aac" if head[1] & 0xF0 == 0xF0 else None
    return "mp3"

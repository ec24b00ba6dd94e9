"""The header of a WAV file that was written before its length was known."""

from typing import Final

_RIFF_HEADER_BYTES: Final = 12
_CHUNK_HEADER_BYTES: Final = 8


def with_true_sizes(wav: bytes) -> bytes:
    """The same file with the sizes that it turned out to have; what is no WAV stays as it is."""
    if not wav.startswith(b"RIFF"):
        return wav
    begin = _RIFF_HEADER_BYTES
    while begin + _CHUNK_HEADER_BYTES <= len(wav):
        name = wav[begin : begin + 4]
        data = begin + _CHUNK_HEADER_BYTES
        if name == b"data":
            return b"".join(
                (
                    wav[:4],
                    _size(len(wav) - 8),
                    wav[8 : begin + 4],
                    _size(len(wav) - data),
                    wav[data:],
                )
            )
        num_bytes = int.from_bytes(wav[begin + 4 : data], "little")
        begin = data + num_bytes + num_bytes % 2
    return wav


def _size(num_bytes: int) -> bytes:
    return num_bytes.to_bytes(4, "little")

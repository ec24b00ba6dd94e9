"""The audio of a file without what is said about it: what the integrity value of a label covers."""

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from hub_agent.labels.riff import chunks

_BLOCK: Final = 1 << 20
_ID3_HEADER: Final = 10
_ID3V1_BYTES: Final = 128
_FLAC_LAST: Final = 0x80
_OGG_HEADER: Final = 27


def payload_sha256(file: BinaryIO) -> str:
    """SHA-256 in hexadecimal; empty for a file that is none of those we write.

    WAV: the samples. MP3: the frames between the tags. FLAC: the frames behind the metadata.
    Ogg: the bodies of the pages behind those of the headers. Changing labels changes none of it.
    """
    digest = hashlib.sha256()
    parts = _parts(file)
    if parts is None:
        return ""
    for start, size in parts:
        file.seek(start)
        left = size
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def _parts(file: BinaryIO) -> Iterator[tuple[int, int]] | None:
    """(start, size) of every stretch of audio."""
    start = _behind_id3(file)
    file.seek(start)
    magic = file.read(4)
    if start == 0 and magic == b"RIFF":
        return ((each.start, each.size) for each in chunks(file) if each.name == b"data")
    if magic == b"fLaC":
        return _flac(file, start + 4)
    if start == 0 and magic == b"OggS":
        return _ogg(file)
    if start or (magic[:1] == b"\xff" and magic[1:2] >= b"\xe0"):
        return _mp3(file, start)
    return None


def _behind_id3(file: BinaryIO) -> int:
    """Where an ID3v2 tag ends: its size has four times seven bits; 0 without one."""
    file.seek(0)
    header = file.read(_ID3_HEADER)
    if len(header) < _ID3_HEADER or header[:3] != b"ID3":
        return 0
    size = sum(
        (byte & 0x7F) << shift for byte, shift in zip(header[6:], (21, 14, 7, 0), strict=True)
    )
    footer = _ID3_HEADER if header[5] & 0x10 else 0
    return _ID3_HEADER + size + footer


def _mp3(file: BinaryIO, start: int) -> Iterator[tuple[int, int]]:
    end = file.seek(0, io.SEEK_END)
    file.seek(max(start, end - _ID3V1_BYTES))
    yield start, end - start - (_ID3V1_BYTES if file.read(3) == b"TAG" else 0)


def _flac(file: BinaryIO, at: int) -> Iterator[tuple[int, int]]:
    end = file.seek(0, io.SEEK_END)
    last = False
    while not last and at + 4 <= end:
        file.seek(at)
        head = file.read(4)
        last = bool(head[0] & _FLAC_LAST)
        at += 4 + int.from_bytes(head[1:], "big")
    yield at, max(0, end - at)


def _ogg(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Opus has two header packets, each of which ends its page (RFC 7845, 3)."""
    end = file.seek(0, io.SEEK_END)
    at = headers = 0
    while at + _OGG_HEADER <= end:
        file.seek(at)
        head = file.read(_OGG_HEADER)
        if head[:4] != b"OggS":
            return
        lacing = file.read(head[26])
        body = at + _OGG_HEADER + len(lacing)
        if headers >= 2:
            yield body, sum(lacing)
        headers += any(size < 255 for size in lacing)
        at = body + sum(lacing)

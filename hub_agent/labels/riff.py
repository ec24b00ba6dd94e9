"""Labels in WAV files: chunks behind the samples.

Behind, because the digest of the samples is known only then and nothing that was written has to
move; readers of RIFF skip chunks they do not know, wherever they are. A stream has them in front.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from hub_agent.labels.aigc import FIELD, aigc_document
from hub_agent.labels.label import COMMENT, Found, Label
from hub_agent.labels.xmp import xmp_packet

_XMP: Final = b"_PMX"
_MOST_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where the content of a chunk lies."""

    name: bytes
    start: int
    size: int


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a RIFF file, as far as it goes on."""
    end = file.seek(0, io.SEEK_END)
    at = 12
    while at + 8 <= end:
        file.seek(at)
        name, size = struct.unpack("<4sI", file.read(8))
        yield Chunk(name, at + 8, min(size, end - at - 8))
        at += 8 + size + size % 2


def write_wav_label(file: BinaryIO, label: Label) -> None:
    """Append the label to a complete WAV file that is open for reading and writing."""
    file.seek(0, io.SEEK_END)
    file.write(label_chunks(label))
    size = file.tell()
    file.seek(4)
    file.write(struct.pack("<I", size - 8))


def label_chunks(label: Label) -> bytes:
    """The chunks of a label."""
    return (
        _chunk(FIELD.encode(), aigc_document(label).encode())
        + _chunk(_XMP, xmp_packet(label))
        + _chunk(b"LIST", _info(label))
    )


def find_in_wav(file: BinaryIO) -> Found:
    """What a RIFF file holds."""
    packet, fields = b"", []
    for chunk in chunks(file):
        if chunk.name == FIELD.encode():
            fields.append(_content(file, chunk).decode("utf-8", "replace"))
        elif chunk.name == _XMP:
            packet = _content(file, chunk)
    return Found(fields=tuple(fields), xmp=packet)


def _info(label: Label) -> bytes:
    """RIFF INFO: software, date and a comment for people."""
    texts = ((b"ISFT", label.software), (b"ICRD", label.created[:10]), (b"ICMT", COMMENT))
    return b"INFO" + b"".join(_chunk(name, text.encode() + b"\0") for name, text in texts if text)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)


def _content(file: BinaryIO, chunk: Chunk) -> bytes:
    file.seek(chunk.start)
    return file.read(min(chunk.size, _MOST_CHUNK_BYTES))

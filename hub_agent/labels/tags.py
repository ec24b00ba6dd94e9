"""Labels in the tags of MP3, FLAC and Ogg files. The only module that imports mutagen."""

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

from hub_agent.labels.aigc import FIELD, aigc_value
from hub_agent.labels.label import COMMENT, Found, Label
from hub_agent.labels.xmp import xmp_packet

XMP: Final = "XMP"
"""Owner of the ID3v2 PRIV frame (ISO 16684-3), and our name for the Vorbis comment."""


class NoTagsError(ValueError):
    """A file that is none of these kinds, or is broken."""


def write_tags(file: BinaryIO, label: Label) -> None:
    """Label a complete file that is open for reading and writing. Raises `NoTagsError`."""
    with _faults_named():
        opened = _opened(file)
        write = _write_id3 if _has_id3(opened) else _write_comments
        write(opened, label)
        file.seek(0)
        opened.save(file)


def id3_tag(label: Label) -> bytes:
    """A whole ID3v2 tag, to go in front of MP3 frames."""
    from mutagen.id3 import ID3

    tag: Any = ID3()  # type: ignore[no-untyped-call]  # untyped there
    for frame in _id3_frames(label):
        tag.add(frame)
    written = io.BytesIO()
    tag.save(written, padding=lambda _info: 0)
    return written.getvalue()


def comments(label: Label) -> dict[str, str]:
    """The Vorbis comments of a FLAC or Ogg file."""
    return {
        FIELD: aigc_value(label),
        XMP: xmp_packet(label).decode(),
        "ENCODER": label.software,
        "DATE": label.created,
        "COMMENT": COMMENT,
    }


def find_in_tags(file: BinaryIO) -> Found:
    """What the tags hold. Raises `NoTagsError`."""
    with _faults_named():
        opened = _opened(file)
        if opened.tags is None:
            return Found()
        return _in_id3(opened) if _has_id3(opened) else _in_comments(opened)


@contextmanager
def _faults_named() -> Iterator[None]:
    """What the library says of broken files; what the file system says stays as it is."""
    from mutagen import MutagenError

    try:
        yield
    except MutagenError as error:
        cause = error.args[0] if error.args else None
        # A file that ends early has no number, a place before its beginning has EINVAL.
        if isinstance(cause, OSError) and cause.errno not in (None, errno.EINVAL):
            raise cause from error
        raise NoTagsError("the tags cannot be read") from error


def _opened(file: BinaryIO) -> Any:
    import mutagen
    from mutagen.flac import FLAC
    from mutagen.mp3 import MP3
    from mutagen.oggflac import OggFLAC
    from mutagen.oggopus import OggOpus
    from mutagen.oggspeex import OggSpeex
    from mutagen.oggvorbis import OggVorbis

    file.seek(0)
    kinds = [FLAC, OggOpus, OggVorbis, OggFLAC, OggSpeex, MP3]
    opened: Any = mutagen.File(file, options=kinds)
    if opened is None:
        raise NoTagsError("none of the kinds that have tags")
    return opened


def _has_id3(opened: Any) -> bool:
    from mutagen.mp3 import MP3

    return isinstance(opened, MP3)


def _write_id3(opened: Any, label: Label) -> None:
    if opened.tags is None:
        opened.add_tags()
    for frame in _id3_frames(label):
        opened.tags.add(frame)


def _id3_frames(label: Label) -> tuple[Any, ...]:
    from mutagen import id3

    frames: Any = id3
    return (
        frames.TXXX(encoding=3, desc=FIELD, text=[aigc_value(label)]),
        frames.PRIV(owner=XMP, data=xmp_packet(label)),
        frames.TSSE(encoding=3, text=[label.software]),
        frames.TDRC(encoding=3, text=[label.created]),
        frames.COMM(encoding=3, lang="eng", desc="", text=[COMMENT]),
    )


def _write_comments(opened: Any, label: Label) -> None:
    if opened.tags is None:
        opened.add_tags()
    for name, value in comments(label).items():
        opened.tags[name] = value


def _in_id3(opened: Any) -> Found:
    frames = [frame for frame in opened.tags.getall("TXXX") if frame.desc.upper() == FIELD]
    packets = [frame.data for frame in opened.tags.getall("PRIV") if frame.owner == XMP]
    fields = tuple(str(text) for frame in frames for text in frame.text)
    return Found(fields=fields, xmp=packets[0] if packets else b"")


def _in_comments(opened: Any) -> Found:
    packets = opened.tags.get(XMP, [""])
    return Found(
        fields=tuple(opened.tags.get(FIELD, ())), xmp=packets[0].encode("utf-8", "replace")
    )

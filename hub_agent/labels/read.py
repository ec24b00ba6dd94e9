"""Reading labels, our own and other people's."""

from pathlib import Path
from typing import BinaryIO

from hub_agent.errors import NotFoundError
from hub_agent.labels.aigc import parse_aigc
from hub_agent.labels.label import Found, Label
from hub_agent.labels.payload import payload_sha256
from hub_agent.labels.riff import find_in_wav
from hub_agent.labels.tags import NoTagsError, find_in_tags
from hub_agent.labels.xmp import with_xmp


def read_labels(path: Path) -> list[Label]:
    """Every label in a file; none in a file of an unknown kind. Blocking.

    Raises `NotFoundError` when the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return _labels(_find(file))
    except OSError as error:
        raise NotFoundError(
            "the file cannot be opened", hint="check its path and that you may read it"
        ) from error


def audio_unchanged(path: Path, label: Label) -> bool:
    """Whether the audio is still what it was when the label was written. Raises `OSError`."""
    with path.open("rb") as file:
        return bool(label.integrity) and label.integrity.lower() == payload_sha256(file)


def _find(file: BinaryIO) -> Found:
    if file.read(4) == b"RIFF":
        return find_in_wav(file)
    try:
        return find_in_tags(file)
    except NoTagsError:
        return Found()


def _labels(found: Found) -> list[Label]:
    """One for each field; XMP, of which a file has one, tells about all of them or stands alone."""
    parsed = [label for label in map(parse_aigc, found.fields) if label is not None]
    labels = [with_xmp(label, found.xmp) for label in parsed or [Label()]]
    return [label for label in labels if label.synthetic or label.source_type]

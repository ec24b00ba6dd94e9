"""Writing a label into a finished file."""

from dataclasses import replace
from pathlib import Path

from hub_agent.labels.label import Label
from hub_agent.labels.payload import payload_sha256
from hub_agent.labels.riff import write_wav_label
from hub_agent.labels.tags import write_tags


def stamp(path: Path, label: Label) -> None:
    """Put the label into a WAV, MP3, FLAC or Ogg file, with the digest of its audio.

    Blocking. Raises `OSError`, and `NoTagsError` for another kind of file.
    """
    with path.open("r+b") as file:
        whole = replace(label, integrity=payload_sha256(file))
        file.seek(0)
        if file.read(4) == b"RIFF":
            write_wav_label(file, whole)
        else:
            write_tags(file, whole)

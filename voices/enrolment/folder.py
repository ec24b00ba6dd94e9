"""Recordings on disk and the text that is read in them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voices.errors import EnrolmentRefusedError

AUDIO_SUFFIXES: Final = frozenset(
    {".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".webm"}
)
_TEXT_SUFFIX: Final = ".txt"
_MOST_TEXT_BYTES: Final = 256 * 1024
_MOST_RECORDINGS: Final = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A recording and its text; `name` is the file's, the text is personal."""

    name: str
    audio: Path
    transcript: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Folder:
    """What was found: recordings with text, and the names of those without."""

    sources: tuple[Source, ...]
    without_transcript: tuple[str, ...]

    def refusal(self) -> EnrolmentRefusedError | None:
        """Why no voice can be made of it, when it cannot."""
        if self.without_transcript:
            return EnrolmentRefusedError(
                f"recordings without text: {', '.join(self.without_transcript)}",
                hint="put what is read into a .txt file of the same name beside each recording",
                reason="no_transcript",
            )
        if not self.sources:
            return EnrolmentRefusedError(
                "the folder holds no recordings",
                hint="WAV, FLAC, MP3, Ogg, Opus, M4A and WebM are taken",
                reason="no_recordings",
            )
        return None


def recordings_in(directory: Path) -> Folder:
    """Audio files directly in the folder, by name, each with the text of the same name."""
    files = _files(directory)
    texts = {path.stem: path for path in files if path.suffix.lower() == _TEXT_SUFFIX}
    audio = [path for path in files if path.suffix.lower() in AUDIO_SUFFIXES]
    if len(audio) > _MOST_RECORDINGS:
        raise EnrolmentRefusedError(
            f"the folder holds {len(audio)} recordings, at most {_MOST_RECORDINGS} are taken",
            hint="a minute or two of speech is enough",
            reason="too_many",
        )
    sources = [
        Source(path.name, path, read_transcript(texts[path.stem]))
        for path in audio
        if path.stem in texts
    ]
    missing = tuple(path.name for path in audio if path.stem not in texts)
    return Folder(tuple(sources), missing)


def read_transcript(path: Path) -> str:
    """What is read, one phrase or verse a line; numbers before a bar are left out."""
    text = _decoded(_bytes_of(path))
    lines = (_without_id(line) for line in text.splitlines())
    kept = [" ".join(line.split()) for line in lines if line.strip()]
    if not any(character.isalnum() for line in kept for character in line):
        raise _refusal("no_transcript", f"{path.name!r} holds no text")
    return "\n".join(kept)


def _files(directory: Path) -> list[Path]:
    try:
        found = sorted(directory.iterdir())
    except OSError as error:
        text = f"{directory.name!r} is not a folder that can be read"
        raise _refusal("no_recordings", text) from error
    return [path for path in found if not path.name.startswith(".")]


def _bytes_of(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise _refusal("no_transcript", f"{path.name!r} is not a file")
        with path.open("rb") as file:
            content = file.read(_MOST_TEXT_BYTES + 1)
    except OSError as error:
        raise _refusal("no_transcript", f"{path.name!r} cannot be read") from error
    if len(content) > _MOST_TEXT_BYTES:
        raise _refusal("bad_transcript", f"{path.name!r} is too long for a text that is read")
    return content


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 by its mark, else Latin-1 as old editors write it; never binary."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise _refusal("bad_transcript", "the text file holds something else than text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _without_id(line: str) -> str:
    """`f000001|Once upon` is what data sets for speech look like."""
    before, bar, after = line.partition("|")
    is_id = bar and " " not in before.strip() and any(map(str.isdigit, before))
    return after if is_id else line


def _refusal(reason: str, text: str) -> EnrolmentRefusedError:
    return EnrolmentRefusedError(text, reason=reason)

"""Announcements as WAV files in a folder."""

import re
from datetime import UTC
from pathlib import Path
from typing import Final

from hub_agent.audio.part_file import PART_SUFFIX
from hub_agent.clock import Clock
from hub_agent.sinks.speech_file import WAV, SpeechFiles, on_disk

_MOST_ID_CHARS: Final = 64
_FILE_NAME: Final = re.compile(r"\d{8}T\d{6}\.\d{3}Z-[A-Za-z0-9_-]+\.wav")
_PART_NAME: Final = re.compile(rf"\.{_FILE_NAME.pattern}\.\d+{re.escape(PART_SUFFIX)}")


class WavFolderSink(SpeechFiles):
    """Writes one file per utterance, `<UTC time>-<id>.wav`, and keeps the newest `keep`.

    Folder and files are for the agent's user only. Other files in the folder are left alone.
    """

    def __init__(self, folder: Path, *, sample_rate: int, clock: Clock, keep: int) -> None:
        super().__init__(name=f"wav:{folder.name}", sample_rate=sample_rate)
        self._folder = folder
        self._clock = clock
        self._keep = keep

    async def begin(self, utterance_id: str) -> None:
        """See `Sink.begin`."""
        await on_disk(self._make_folder)
        stamp = self._clock.now().astimezone(UTC)
        time_part = f"{stamp:%Y%m%dT%H%M%S}.{stamp.microsecond // 1000:03}Z"
        await self._start(self._folder / f"{time_part}-{_safe(utterance_id)}{WAV}", 0o600)

    async def finish(self) -> None:
        """See `Sink.finish`; then files beyond `keep` go."""
        await super().finish()
        await on_disk(self._prune)

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _prune(self) -> None:
        names = sorted(path for path in self._folder.iterdir() if _FILE_NAME.fullmatch(path.name))
        halves = [path for path in self._folder.iterdir() if _PART_NAME.fullmatch(path.name)]
        for path in [*names[: max(0, len(names) - self._keep)], *halves]:
            path.unlink(missing_ok=True)


def _safe(utterance_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", utterance_id)[:_MOST_ID_CHARS] or "utterance"

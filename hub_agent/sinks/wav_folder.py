"""Announcements as WAV files."""

import contextlib
import re
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Self, TypeVar

from hub_agent.audio.fade import fade_out
from hub_agent.audio.part_file import PART_SUFFIX
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import WavWriter
from hub_agent.clock import Clock
from hub_agent.errors import SinkError
from hub_agent.sinks.offload import offload
from hub_agent.sinks.sink import CUT_FADE_MS

T = TypeVar("T")

_DISK_TIMEOUT_S = 5.0
"""Network folders that went away hang instead of failing."""

_MOST_ID_CHARS = 64
_FILE_NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z-[A-Za-z0-9_-]+\.wav")
_PART_NAME = re.compile(rf"\.{_FILE_NAME.pattern}\.\d+{re.escape(PART_SUFFIX)}")


class _WavSink:
    """What one file and a folder of files have in common: the file of the present utterance."""

    underruns = 0

    def __init__(self, *, name: str, sample_rate: int) -> None:
        self.name = name
        self.sample_rate = sample_rate
        self._writer: WavWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(SinkError):
                await _on_disk(writer.discard)

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        writer = self._require_writer()
        try:
            await _on_disk(lambda: writer.write(samples))
        except SinkError:
            self._writer = None
            raise

    async def finish(self) -> None:
        """See `Sink.finish`: the file has its name when this returns."""
        writer = self._require_writer()
        self._writer = None
        await _on_disk(writer.close)

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`: what was spoken until now is kept, a file without any is not."""
        if self._writer is None:
            return 0
        if self._writer.is_empty and not rest.size:
            writer, self._writer = self._writer, None
            await _on_disk(writer.discard)
            return 0
        await self.write(fade_out(rest, self.sample_rate, CUT_FADE_MS))
        await self.finish()
        return 0

    def unplayed(self) -> int:
        """See `Sink.unplayed`."""
        return 0

    async def _start(self, path: Path, mode: int) -> None:
        previous, self._writer = self._writer, None
        if previous is not None:
            await _on_disk(previous.discard)
        self._writer = await _on_disk(
            lambda: WavWriter(path, self.sample_rate, mode=mode), abandoned=WavWriter.discard
        )

    def _require_writer(self) -> WavWriter:
        if self._writer is None:
            raise SinkError("no WAV file is open", reason="not_begun")
        return self._writer


class WavFileSink(_WavSink):
    """Writes one file; a second utterance replaces it."""

    def __init__(self, path: Path, *, sample_rate: int) -> None:
        super().__init__(name="wav", sample_rate=sample_rate)
        self._path = path

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 – part of the contract
        """See `Sink.begin`."""
        await self._start(self._path, 0o644)


class WavFolderSink(_WavSink):
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
        await _on_disk(self._make_folder)
        stamp = self._clock.now().astimezone(UTC)
        time_part = f"{stamp:%Y%m%dT%H%M%S}.{stamp.microsecond // 1000:03}Z"
        await self._start(self._folder / f"{time_part}-{_safe(utterance_id)}.wav", 0o600)

    async def finish(self) -> None:
        """See `Sink.finish`; then files beyond `keep` go."""
        await super().finish()
        await _on_disk(self._prune)

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _prune(self) -> None:
        names = sorted(path for path in self._folder.iterdir() if _FILE_NAME.fullmatch(path.name))
        halves = [path for path in self._folder.iterdir() if _PART_NAME.fullmatch(path.name)]
        for path in [*names[: max(0, len(names) - self._keep)], *halves]:
            path.unlink(missing_ok=True)


def _safe(utterance_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", utterance_id)[:_MOST_ID_CHARS] or "utterance"


async def _on_disk(call: Callable[[], T], abandoned: Callable[[T], object] | None = None) -> T:
    try:
        return await offload(call, name="wav file", timeout_s=_DISK_TIMEOUT_S, abandoned=abandoned)
    except TimeoutError as error:
        raise SinkError("the folder does not answer", reason="disk_hangs") from error
    except OSError as error:
        raise SinkError(
            "the folder cannot be used",
            hint="check that it exists and may be written",
            reason="not_writable",
        ) from error

"""Writing MP3, FLAC and Ogg Opus files."""

from pathlib import Path
from types import TracebackType
from typing import Self

from hub_agent.audio.encoder import Codec, Encoder
from hub_agent.audio.part_file import Finishing, PartFile, storage_faults
from hub_agent.audio.stage import Samples


class EncodedWriter:
    """Writes mono speech as it comes, like `WavWriter` with a path. Blocking."""

    def __init__(self, path: Path, sample_rate: int, codec: Codec, *, mode: int = 0o644) -> None:
        self._closed = False
        self._part: PartFile | None = None
        with storage_faults(self.discard):
            self._part = PartFile(path, mode)
            self._encoder = Encoder(self._part.file, sample_rate, codec)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""
        return self._encoder.num_samples == 0

    def write(self, samples: Samples) -> None:
        """Append samples."""
        with storage_faults(self.discard):
            self._encoder.write(samples)

    def close(self, finishing: Finishing | None = None) -> None:
        """Complete the file, let `finishing` have it, and give it its name."""
        if self._closed or self._part is None:
            return
        with storage_faults(self.discard):
            self._encoder.finish()
            self._part.publish(finishing)
        self._closed = True

    def discard(self) -> None:
        """Drop the file; harmless after `close`."""
        if not self._closed and self._part is not None:
            self._part.discard()
        self._closed = True

"""Writing MP3, FLAC and Ogg Opus files."""

from pathlib import Path

from hub_agent.audio.encoder import Codec, Encoder
from hub_agent.audio.part_file import PartFile, storage_faults
from hub_agent.audio.stage import Samples
from hub_agent.audio.writer import SpeechWriter


class EncodedWriter(SpeechWriter):
    """See `SpeechWriter`."""

    def __init__(self, path: Path, sample_rate: int, codec: Codec, *, mode: int = 0o644) -> None:
        super().__init__()
        with storage_faults(self.discard):
            self._part = PartFile(path, mode)
            self._encoder = Encoder(self._part.file, sample_rate, codec)

    @property
    def is_empty(self) -> bool:
        """See `SpeechWriter.is_empty`."""
        return self._encoder.num_samples == 0

    def write(self, samples: Samples) -> None:
        """See `SpeechWriter.write`."""
        with storage_faults(self.discard):
            self._encoder.write(samples)

    def _complete(self) -> None:
        self._encoder.finish()

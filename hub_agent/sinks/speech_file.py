"""One announcement in one file, labelled as synthetic."""

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeVar

from hub_agent.audio.encoded import EncodedWriter
from hub_agent.audio.encoder import FLAC, MP3, OPUS, Codec
from hub_agent.audio.fade import fade_out
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import WavWriter
from hub_agent.audio.writer import SpeechWriter
from hub_agent.errors import SinkError
from hub_agent.labels.label import Label
from hub_agent.labels.stamp import stamp
from hub_agent.sinks.offload import offload
from hub_agent.sinks.sink import CUT_FADE_MS

T = TypeVar("T")

WAV: Final = ".wav"
CODECS: Final[dict[str, Codec]] = {".mp3": MP3, ".flac": FLAC, ".ogg": OPUS, ".opus": OPUS}
SUFFIXES: Final = (WAV, *CODECS)
"""What the name of a file may end with, in lower case."""

_DISK_TIMEOUT_S: Final = 5.0
"""Network folders that went away hang instead of failing."""

_SEALING_TIMEOUT_S: Final = 120.0
"""The whole file is read once more for its digest: hours of speech take a while."""

Sealing = Callable[[Path, Label], None]
"""What is done to a labelled file before it gets its name; may raise `OSError` or a typed error."""


class SpeechFiles:
    """What one file and a folder of files have in common: the file of the present utterance.

    It is kept only with its label: see `take_label`.
    """

    underruns = 0

    def __init__(self, *, name: str, sample_rate: int, sealing: Sealing | None = None) -> None:
        self.name = name
        self.sample_rate = sample_rate
        self._sealing = sealing
        self._label: Label | None = None
        self._writer: SpeechWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(SinkError):
                await on_disk(writer.discard)

    def take_label(self, label: Label) -> None:
        """See `LabelledSink.take_label`."""
        self._label = label

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        writer = self._require_writer()
        try:
            await on_disk(lambda: writer.write(samples))
        except SinkError:
            self._writer = None
            raise

    async def finish(self) -> None:
        """See `Sink.finish`: the file has its name when this returns."""
        writer = self._require_writer()
        self._writer = None
        label = self._label
        if label is None:
            await on_disk(writer.discard)
            raise SinkError("speech is not kept without its label", reason="no_label")
        await on_disk(
            lambda: writer.close(partial(self._seal, label)), timeout_s=_SEALING_TIMEOUT_S
        )

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`: what was spoken until now is kept, a file without any is not."""
        if self._writer is None:
            return 0
        if self._writer.is_empty and not rest.size:
            writer, self._writer = self._writer, None
            await on_disk(writer.discard)
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
            await on_disk(previous.discard)
        self._writer = await on_disk(
            lambda: _writer(path, self.sample_rate, mode), abandoned=lambda late: late.discard()
        )

    def _seal(self, label: Label, part: Path) -> None:
        stamp(part, label)
        if self._sealing is not None:
            self._sealing(part, label)

    def _require_writer(self) -> SpeechWriter:
        if self._writer is None:
            raise SinkError("no file is open", reason="not_begun")
        return self._writer


class SpeechFile(SpeechFiles):
    """Writes one file, of the kind its name ends with; a second utterance replaces it.

    `sealing` gets the labelled file before it has its name.
    """

    def __init__(self, path: Path, *, sample_rate: int, sealing: Sealing | None = None) -> None:
        super().__init__(name="file", sample_rate=sample_rate, sealing=sealing)
        self._path = path

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 – part of the contract
        """See `Sink.begin`."""
        await self._start(self._path, 0o644)


def _writer(path: Path, sample_rate: int, mode: int) -> SpeechWriter:
    codec = CODECS.get(path.suffix.lower())
    if codec is None:
        return WavWriter(path, sample_rate, mode=mode)
    return EncodedWriter(path, sample_rate, codec, mode=mode)


async def on_disk(
    call: Callable[[], T],
    *,
    abandoned: Callable[[T], object] | None = None,
    timeout_s: float = _DISK_TIMEOUT_S,
) -> T:
    """Run `call` in a thread of its own. Raises `SinkError` when the folder fails or hangs."""
    try:
        return await offload(call, name="speech file", timeout_s=timeout_s, abandoned=abandoned)
    except TimeoutError as error:
        raise SinkError("the folder does not answer", reason="disk_hangs") from error
    except OSError as error:
        raise SinkError(
            "the folder cannot be used",
            hint="check that it exists and may be written",
            reason="not_writable",
        ) from error

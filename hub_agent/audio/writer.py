"""Speech written as it comes, into a file that has its name only when it is complete."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from hub_agent.audio.part_file import Finishing, PartFile, storage_faults
from hub_agent.audio.stage import Samples


class SpeechWriter(ABC):
    """Mono speech on its way into a file. Blocking: call it from worker threads.

    The context manager calls `discard` instead of `close` when its block fails. Raises `SinkError`
    when nothing more can be stored, and then nothing is left behind.
    """

    def __init__(self) -> None:
        self._part: PartFile | None = None
        self._closed = False

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
    @abstractmethod
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""

    @abstractmethod
    def write(self, samples: Samples) -> None:
        """Append samples."""

    def close(self, finishing: Finishing | None = None) -> None:
        """Complete the file, let `finishing` have it, and give it its name."""
        if self._closed:
            return
        with storage_faults(self.discard):
            self._complete()
            if self._part is not None:
                self._part.publish(finishing)
        self._closed = True

    def discard(self) -> None:
        """Drop the file; harmless after `close`."""
        if not self._closed and self._part is not None:
            self._part.discard()
        self._closed = True

    @abstractmethod
    def _complete(self) -> None:
        """Write what only the end tells. Raises `OSError`."""

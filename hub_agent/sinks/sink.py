"""The contract of a sink."""

from typing import Protocol, Self, runtime_checkable

from hub_agent.audio.stage import Samples
from hub_agent.labels.label import Label

CUT_FADE_MS = 20.0


class Sink(Protocol):
    """Takes mono float32 at `sample_rate`. One writer at a time; used on the event loop.

    A sink is a long-lived async context manager. Between `begin` and `finish` or `cut` lies one
    utterance. A sink whose device is away raises `SinkError` from `begin` or `write`, finds the
    device again by itself, and never blocks the loop.
    """

    name: str
    sample_rate: int

    @property
    def underruns(self) -> int:
        """How often the device wanted samples in the middle of an utterance and got none."""
        ...

    async def __aenter__(self) -> Self:
        """Prepare; a device that is away now is not an error here."""
        ...

    async def __aexit__(self, *exc: object) -> None:
        """Release everything."""
        ...

    async def begin(self, utterance_id: str) -> None:
        """A new utterance starts: wake the device, open the file, put leading silence."""
        ...

    async def write(self, samples: Samples) -> None:
        """Take samples, waiting for room."""
        ...

    async def finish(self) -> None:
        """Drain: return when the last sample was played (or is safely in the file)."""
        ...

    async def cut(self, rest: Samples) -> int:
        """End at once: fade out over `CUT_FADE_MS`, flush what is left.

        `rest` is up to `CUT_FADE_MS` of samples that would have been written next; a sink
        that has nothing unplayed of its own fades over those. Returns how many samples already
        written were not heard.
        """
        ...

    def unplayed(self) -> int:
        """Samples written but not yet heard; 0 for sinks without a clock."""
        ...


@runtime_checkable
class LabelledSink(Protocol):
    """A sink that keeps what it takes, or passes it on to one that may."""

    def take_label(self, label: Label) -> None:
        """What the sound of the present utterance is; comes before `finish` or `cut`."""
        ...


def give_label(sink: Sink, label: Label | None) -> None:
    """Tell the sink what it takes, if it wants to know."""
    if label is not None and isinstance(sink, LabelledSink):
        sink.take_label(label)

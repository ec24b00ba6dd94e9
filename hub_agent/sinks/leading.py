"""Silence before the first sound, for loudspeakers that wake slowly."""

from typing import Self

from hub_agent.audio.silence import silence
from hub_agent.audio.stage import Samples
from hub_agent.labels.label import Label
from hub_agent.sinks.sink import Sink, give_label


class LeadingSilence:
    """A sink that begins every utterance with silence, and otherwise is the one inside.

    The silence is none of the caller's samples: counts leave it out.
    """

    def __init__(self, inner: Sink, silence_ms: int) -> None:
        self._inner = inner
        self._silence = silence(silence_ms, inner.sample_rate)
        self._written = 0
        self.name = inner.name
        self.sample_rate = inner.sample_rate

    @property
    def underruns(self) -> int:
        """See `Sink.underruns`."""
        return self._inner.underruns

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._inner.__aexit__(*exc)

    def take_label(self, label: Label) -> None:
        """See `LabelledSink.take_label`."""
        give_label(self._inner, label)

    async def begin(self, utterance_id: str) -> None:
        """See `Sink.begin`."""
        self._written = 0
        await self._inner.begin(utterance_id)
        await self._inner.write(self._silence)

    async def write(self, samples: Samples) -> None:
        """See `Sink.write`."""
        await self._inner.write(samples)
        self._written += samples.size

    async def finish(self) -> None:
        """See `Sink.finish`."""
        await self._inner.finish()

    async def cut(self, rest: Samples) -> int:
        """See `Sink.cut`."""
        return min(self._written, await self._inner.cut(rest))

    def unplayed(self) -> int:
        """See `Sink.unplayed`."""
        return min(self._written, self._inner.unplayed())

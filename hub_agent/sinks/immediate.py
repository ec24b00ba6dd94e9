"""What sinks have in common that pass on whatever they take, at once."""

from typing import Self

from hub_agent.audio.stage import Samples


class ImmediateSink:
    """A `Sink` but for `name`, `sample_rate` and `write`: nothing to open, drain or take back."""

    underruns = 0

    async def __aenter__(self) -> Self:
        """See `Sink`."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """See `Sink`."""

    async def begin(self, utterance_id: str) -> None:
        """See `Sink.begin`."""

    async def finish(self) -> None:
        """See `Sink.finish`."""

    async def cut(self, rest: Samples) -> int:  # noqa: ARG002 - the contract's parameter
        """See `Sink.cut`; what was passed on cannot be taken back."""
        return 0

    def unplayed(self) -> int:
        """See `Sink.unplayed`."""
        return 0

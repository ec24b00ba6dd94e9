"""A client of the control socket as a sink: it takes samples as fast as it reads them.

Raw samples have no place for a label; it goes before them, for clients that write a file.
"""

from asyncio import StreamWriter
from dataclasses import asdict

from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.control.messages import encode
from hub_agent.errors import SinkError
from hub_agent.labels.label import Label
from hub_agent.sinks.immediate import ImmediateSink


class ClientSink(ImmediateSink):
    """Sends 16-bit mono PCM as `audio` messages. See `Sink`."""

    name = "client"

    def __init__(self, writer: StreamWriter, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._writer = writer
        self._label: Label | None = None

    def take_label(self, label: Label) -> None:
        """See `LabelledSink`."""
        self._label = label

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 - the contract's parameter
        """See `Sink`; sends the label."""
        if self._label is not None:
            self._writer.write(encode({"type": "label", "label": asdict(self._label)}))

    async def write(self, samples: Samples) -> None:
        """Send, waiting for the client: this is the back-pressure of a streamed announcement.

        A client that has gone is a `SinkError` with reason `reader_gone`.
        """
        self._writer.write(encode({"type": "audio"}, float_to_pcm16(samples)))
        try:
            await self._writer.drain()
        except OSError as error:
            raise SinkError("the client has gone", reason="reader_gone") from error

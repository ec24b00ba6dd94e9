"""The answer to a request as a sink: it takes samples as fast as the caller reads them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from aiohttp import web

from hub_agent.audio.stage import Samples
from hub_agent.audio.streamed import MEDIA_TYPES, STREAMS, SpeechStream
from hub_agent.errors import SinkError
from hub_agent.labels.label import Label
from hub_agent.peers import hold_back_little
from hub_agent.sinks.immediate import ImmediateSink

T = TypeVar("T")

HEAD_AFTER_S: Final = 0.2
"""A slow engine gets so long to fail with an error that can still be told."""
STALLED_S: Final = 30.0
ID_HEADER: Final = "X-Hub-Agent-Id"


class SpeechSink(ImmediateSink):
    """See `Sink`. The answer begins with the first sample, or `HEAD_AFTER_S` after `begin`."""

    name = "http"

    def __init__(
        self,
        request: web.Request,
        *,
        announcement_id: str,
        kind: str,
        sample_rate: int,
        on_cut: Callable[[], None],
    ) -> None:
        self.sample_rate = sample_rate
        self.opened = False
        self._request = request
        self._kind = kind
        self._on_cut = on_cut
        self._response = web.StreamResponse(headers=speech_headers(kind, announcement_id))
        self._label: Label | None = None
        self._stream: SpeechStream | None = None
        self._begun = asyncio.Event()
        self._opening = asyncio.Lock()

    def take_label(self, label: Label) -> None:
        """See `LabelledSink`."""
        self._label = label

    async def begin(self, utterance_id: str) -> None:  # noqa: ARG002 - the contract's parameter
        """See `Sink`."""
        label = self._label
        if label is None:
            raise SinkError("speech is not given away without its label", reason="no_label")
        self._stream = await self._compute(lambda: STREAMS[self._kind](self.sample_rate, label))
        self._begun.set()

    async def open_late(self) -> None:
        """Begin the answer although there is no sound yet, when it is time for that."""
        await self._begun.wait()
        await asyncio.sleep(HEAD_AFTER_S)
        with suppress(SinkError):
            await self._open()

    async def write(self, samples: Samples) -> None:
        """See `Sink`; raises `SinkError` for a caller that has gone or does not read."""
        await self._open()
        stream = self._require_stream()
        await self._send(await self._compute(lambda: stream.write(samples)))

    async def finish(self) -> None:
        """See `Sink`."""
        await self._open()
        await self._send(await self._compute(self._require_stream().finish))

    async def cut(self, rest: Samples) -> int:
        """See `Sink`."""
        self._on_cut()
        return await super().cut(rest)

    async def end(self) -> web.StreamResponse:
        """The answer is complete."""
        await self._response.write_eof()
        return self._response

    def abandon(self) -> web.StreamResponse:
        """The answer stays incomplete: the connection breaks, so that nobody takes it for all."""
        if self.opened and self._request.transport is not None:
            self._request.transport.abort()
        return self._response

    async def _open(self) -> None:
        async with self._opening:
            if self.opened:
                return
            self.opened = True
            if self._request.transport is not None:
                hold_back_little(self._request.transport.get_extra_info("socket"))
            await self._response.prepare(self._request)
            await self._send(self._require_stream().head())

    async def _send(self, data: bytes) -> None:
        if not data:
            return
        try:
            async with asyncio.timeout(STALLED_S):
                await self._response.write(data)
        except TimeoutError as error:
            raise SinkError("the caller does not read", reason="reader_stalled") from error
        except OSError as error:
            raise SinkError("the caller has gone", reason="reader_gone") from error

    async def _compute(self, call: Callable[[], T]) -> T:
        """Encoders work in a thread; samples of a WAV are only copied."""
        return call() if self._kind == "wav" else await asyncio.to_thread(call)

    def _require_stream(self) -> SpeechStream:
        if self._stream is None:
            raise SinkError("nothing has begun", reason="not_begun")
        return self._stream


def speech_headers(kind: str, announcement_id: str) -> dict[str, str]:
    """What is said about speech before it comes."""
    return {
        "Content-Type": MEDIA_TYPES[kind],
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "none",
        ID_HEADER: announcement_id,
        "X-Synthetic-Speech": "true",
    }

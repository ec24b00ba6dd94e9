"""A Wyoming speech-to-text server in a process of its own.

Usage: python -m tests.fakes.stt_server MODE [TEXT]. Prints its port, then one JSON object for
every recording it heard. Modes: `table` answers TEXT; `recognise` really listens (English);
`failing-once` fails the first time; `old` leaves out all that may be left out; the rest are
faults.
"""

import asyncio
import json
import subprocess
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # wyoming.audio imports audioop
    from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart
    from wyoming.audio import AudioChunk, AudioStop
    from wyoming.error import Error
    from wyoming.event import Event, async_write_event
    from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
    from wyoming.server import AsyncEventHandler


_ROOT = Path(__file__).resolve().parents[2]
_ATTRIBUTION = Attribution(name="tests", url="https://example.org")


class Server:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.url = f"wyoming://127.0.0.1:{port}"

    def heard(self) -> dict[str, Any]:
        """The next recording that it heard."""
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        return heard


@contextmanager
def stt_server(mode: str, text: str = "") -> Iterator[Server]:
    """Run a server for a test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.stt_server", mode, text],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield Server(process, int(process.stdout.readline()))
        finally:
            process.kill()


def info(mode: str) -> Event:
    """What the server says that it can do."""
    if mode == "no-asr":
        return Info().event()
    languages = ["fr"] if mode == "french" else ["en", "de-AT"]
    common: dict[str, Any] = {"attribution": _ATTRIBUTION, "installed": True, "version": "1"}
    model = AsrModel(name="tiny", description="A model", languages=languages, **common)
    program = AsrProgram(name="hearing", description="It hears", models=[model], **common)
    return Info(asr=[program]).event()


class Hearing(AsyncEventHandler):
    """One client."""

    failures = 0

    def __init__(
        self, mode: str, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        super().__init__(reader, writer)
        self._mode = mode
        self._text = text
        self._asked: Transcribe | None = None
        self._pcm = bytearray()
        self._rate = 0

    async def handle_event(self, event: Event) -> bool:
        """As servers do: describe at any time; then transcribe, audio, transcript."""
        if Describe.is_type(event.type):
            await self.write_event(info(self._mode))
        elif Transcribe.is_type(event.type):
            self._asked = Transcribe.from_event(event)
        elif AudioChunk.is_type(event.type):
            chunk = AudioChunk.from_event(event)
            self._rate = chunk.rate
            self._pcm += chunk.audio
        elif AudioStop.is_type(event.type):
            return await self._answer()
        return True

    async def _answer(self) -> bool:
        assert self._asked is not None
        heard = {"bytes": len(self._pcm), "rate": self._rate}
        asked = {"language": self._asked.language, "model": self._asked.name}
        print(json.dumps({**heard, **asked}), flush=True)
        if self._mode == "failing" or (self._mode == "failing-once" and not Hearing.failures):
            Hearing.failures += 1
            await self.write_event(Error(text="secret words").event())
            return False
        if self._mode == "partial":
            await self.write_event(TranscriptStart().event())
            await self.write_event(TranscriptChunk(text="only a").event())
        text = recognised(bytes(self._pcm)) if self._mode == "recognise" else self._text
        await self.write_event(Transcript(text=text).event())
        return True


def recognised(pcm: bytes) -> str:
    """What is said, as pocketsphinx hears it."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16_000, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr if hypothesis else ""


async def _silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


async def _after_info(
    answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Describes itself well, takes all the audio, then answers these bytes and hangs up."""
    await reader.readline()
    await async_write_event(info("table"), writer)
    while b'"audio-stop"' not in await reader.readline():
        pass
    writer.write(answer)
    await writer.drain()
    writer.close()


async def _silent_after_info(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    await async_write_event(info("table"), writer)
    await _silent(reader, writer)


async def _old(text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b'{"type":"info","data":{"asr":[{"models":[{}]}]}}\n')
    while b'"audio-stop"' not in await reader.readline():
        pass
    writer.write(json.dumps({"type": "transcript", "data": {"text": text}}).encode() + b"\n")
    await writer.drain()
    writer.close()


async def _bytes(answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers the first line with these bytes and hangs up."""
    await reader.readline()
    writer.write(answer)
    await writer.drain()
    writer.close()


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_FAULTS: dict[str, Handler] = {
    "silent": _silent,
    "silent-after-info": _silent_after_info,
    "garbage": partial(_bytes, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "no-object": partial(_bytes, b"[1, 2]\n"),
    "no-type": partial(_bytes, b'{"data": {}}\n'),
    "odd-length": partial(_bytes, b'{"type": "info", "data_length": -5}\n'),
    "deep": partial(_bytes, b"[" * 60_000 + b"\n"),
    "huge-line": partial(_bytes, b"x" * 200_000),
    "huge-data": partial(_bytes, b'{"type": "info", "data_length": 999999999}\n'),
    "huge-payload": partial(_bytes, b'{"type": "info", "payload_length": 999999999}\n'),
    "hang-up": partial(_bytes, b""),
    "half": partial(_bytes, b'{"type": "info", "data_length": 50}\n{"asr"'),
    "hang-up-late": partial(_after_info, b""),
    "odd-text": partial(_after_info, b'{"type": "transcript", "data": {"text": 7}}\n'),
    "chatter": partial(_after_info, b'{"type": "transcript-chunk"}\n' * 3_000),
}


def _handler(mode: str, text: str) -> Handler:
    if mode == "old":
        return partial(_old, text)
    if mode in _FAULTS:
        return _FAULTS[mode]
    return lambda reader, writer: Hearing(mode, text, reader, writer).run()


async def main(mode: str, text: str) -> None:
    """Serve until killed."""
    limit = 16 * 1024 * 1024
    server = await asyncio.start_server(_handler(mode, text), "127.0.0.1", 0, limit=limit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

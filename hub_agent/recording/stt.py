"""Transcripts from a Wyoming speech-to-text server: what was said in a recording.

Nothing of a recording or its text is ever in a log or an error.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from wyoming.asr import Transcribe, Transcript
from wyoming.error import Error
from wyoming.event import Event

from hub_agent.audio.resample import resample
from hub_agent.audio.stage import Samples
from hub_agent.audio.wav import float_to_pcm16
from hub_agent.errors import UsageError
from hub_agent.recording.errors import SttAnswerError, SttError
from hub_agent.recording.stt_wire import (
    MOST_LINE_BYTES,
    audio_events,
    describe,
    is_info,
    read_event,
    write_event,
    wrong_answer,
)

SCHEME: Final = "wyoming"
ATTEMPTS: Final = 3
TIMEOUT_S: Final = 60.0
"""For one recording: small boards hear about as fast as people speak."""

_STT_RATE: Final = 16_000
_CONNECT_S: Final = 5.0
_DESCRIBE_S: Final = 10.0
_CLOSE_S: Final = 1.0
_PAUSE_S: Final = 0.5
"""Before the second attempt; doubled before every other."""

_MOST_EVENTS: Final = 1_000
"""Before the transcript: servers that stream send partial ones."""

_LONGEST_TRANSCRIPT: Final = 20_000
_URL_HINT: Final = "write it as --stt wyoming://host:10300"


@dataclass(frozen=True, slots=True)
class SttAddress:
    """Where a server listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class _Model:
    name: str
    languages: tuple[str, ...]


def parse_stt_url(url: str) -> SttAddress:
    """The address in `wyoming://host:port`; `UsageError` says what is wrong with another."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _bad_url("the port of the speech-to-text server is no number") from error
    if parts.scheme != SCHEME:
        raise _bad_url("the address of the speech-to-text server begins with wyoming://")
    if not host:
        raise _bad_url("the address of the speech-to-text server has no host")
    if not port:
        raise _bad_url("the address of the speech-to-text server has no port")
    if parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise _bad_url("the address of the speech-to-text server is host and port only")
    return SttAddress(host, port)


async def transcribe(
    url: str,
    samples: Samples,
    sample_rate: int,
    language: str,
    *,
    timeout_s: float = TIMEOUT_S,
    attempts: int = ATTEMPTS,
    pause_s: float = _PAUSE_S,
) -> str:
    """What is said in a recording, with surrounding white space removed; may be empty.

    Asks first whether the server has speech-to-text for the language. `SttError` when there is
    no transcript; what may pass (an unreachable, slow or failing server) is tried `attempts`
    times.
    """
    address = parse_stt_url(url)
    pcm = await asyncio.to_thread(_pcm, samples, sample_rate)
    for attempt in range(1, attempts + 1):
        try:
            return await _attempt(address, pcm, language, timeout_s)
        except SttError as error:
            if not error.retry or attempt == attempts:
                raise
        await asyncio.sleep(pause_s * 2 ** (attempt - 1))
    raise UsageError("at least one attempt is needed")


async def _attempt(address: SttAddress, pcm: bytes, language: str, timeout_s: float) -> str:
    async with _connected(address) as (reader, writer):
        try:
            async with asyncio.timeout(_DESCRIBE_S):
                model = await _model_for(reader, writer, language)
            async with asyncio.timeout(timeout_s):
                await _send(writer, pcm, language, model)
                return await _transcript(reader)
        except TimeoutError as error:
            raise _slow() from error


@asynccontextmanager
async def _connected(
    address: SttAddress,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        async with asyncio.timeout(_CONNECT_S):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, limit=MOST_LINE_BYTES
            )
    except (OSError, TimeoutError, UnicodeError) as error:
        raise _unreachable(address) from error
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await writer.wait_closed()


async def _model_for(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, language: str
) -> str | None:
    """The name of an installed model that hears the language; None leaves it to the server."""
    await write_event(writer, describe())
    models = _models(await _next(reader, is_info))
    if not models:
        raise SttAnswerError(
            "the server offers no speech-to-text", hint="choose another --stt", reason="stt_none"
        )
    fitting = [model for model in models if _hears(model, language)]
    if not fitting:
        raise SttAnswerError(
            "the speech-to-text server does not know this language",
            hint="install a model for it on the server, or write the transcripts yourself",
            reason="stt_language",
        )
    return fitting[0].name or None


def _models(info: Event) -> list[_Model]:
    """Read by hand: servers of several ages leave out or add fields."""
    return [
        _Model(_text(model.get("name")), tuple(map(_text, _list(model.get("languages")))))
        for program in map(_dict, _list(info.data.get("asr")))
        for model in map(_dict, _list(program.get("models")))
        if program.get("installed", True) and model.get("installed", True)
    ]


def _hears(model: _Model, language: str) -> bool:
    """Models that name no language hear all."""
    wanted = _primary(language)
    return not model.languages or wanted in map(_primary, model.languages)


def _primary(tag: str) -> str:
    return tag.casefold().replace("_", "-").partition("-")[0]


async def _send(writer: asyncio.StreamWriter, pcm: bytes, language: str, model: str | None) -> None:
    await write_event(writer, Transcribe(name=model, language=_primary(language)).event())
    for event in audio_events(pcm, _STT_RATE):
        await write_event(writer, event)


async def _transcript(reader: asyncio.StreamReader) -> str:
    text = (await _next(reader, Transcript.is_type)).data.get("text")
    if not isinstance(text, str) or len(text) > _LONGEST_TRANSCRIPT:
        raise wrong_answer()
    return text.strip()


async def _next(reader: asyncio.StreamReader, is_wanted: Callable[[str], bool]) -> Event:
    """The next event of a kind; others, as pieces of a transcript, are passed over."""
    for _ in range(_MOST_EVENTS):
        event = await read_event(reader)
        if is_wanted(event.type):
            return event
        if Error.is_type(event.type):
            raise SttError("the speech-to-text server failed", hint="look into the server's log")
    raise wrong_answer()


def _pcm(samples: Samples, sample_rate: int) -> bytes:
    return float_to_pcm16(resample(samples, sample_rate, _STT_RATE))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bad_url(text: str) -> UsageError:
    return UsageError(text, hint=_URL_HINT, reason="stt_url")


def _unreachable(address: SttAddress) -> SttError:
    return SttError(
        f"no speech-to-text server answers at {address.host} port {address.port}",
        hint="check that it runs, and host and port of --stt",
        reason="stt_unreachable",
    )


def _slow() -> SttError:
    return SttError(
        "the speech-to-text server takes too long",
        hint="give it a smaller model, or shorter recordings",
        reason="stt_slow",
    )

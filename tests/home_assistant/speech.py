"""Speech as it comes out of Home Assistant: how soon, how long, how loud."""

import io
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import av
import numpy as np
import numpy.typing as npt

from tests.bench.rig.receiver import AUDIBLE_INT16
from tests.home_assistant.client import Client

SPEECH_DBFS: Final = -40.0
_AUDIBLE: Final = AUDIBLE_INT16 / 32_768
_ID3_HEADER_BYTES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file of speech and when its parts came, in seconds since it was asked for."""

    body: bytes
    first_byte_s: float
    first_audio_s: float
    """When the first byte after the header of the file came."""
    first_audible_s: float
    """When the first sample that can be heard came; in MP3 estimated by its share of the length."""
    total_s: float


async def fetch_speech(
    client: Client,
    engine: str,
    text: str,
    *,
    options: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> Fetched:
    """Have a text spoken and download it as a player would, from no cache."""
    await forget_speech(client)
    began = time.monotonic()
    asked: dict[str, Any] = {
        "engine_id": engine,
        "message": text,
        "cache": False,
        "options": dict(options or {}),
    }
    if language is not None:
        asked["language"] = language
    path = (await client.rest.post("/api/tts_get_url", asked))["path"]
    return await fetched_from(client.rest.session.get(f"{client.rest.url}{path}"), began)


async def fetched_from(
    request: AbstractAsyncContextManager[aiohttp.ClientResponse], began: float
) -> Fetched:
    """The answer as it comes; times count from `began` (monotonic)."""
    arrivals: list[tuple[float, int]] = []
    body = bytearray()
    async with request as answer:
        answer.raise_for_status()
        async for piece in answer.content.iter_any():
            body += piece
            arrivals.append((time.monotonic() - began, len(body)))
    return timed(bytes(body), arrivals)


async def forget_speech(client: Client) -> None:
    """Empty the caches: what is not to be kept is kept in memory for minutes all the same."""
    await client.act("tts.clear_cache")


def timed(body: bytes, arrivals: list[tuple[float, int]]) -> Fetched:
    """`arrivals`: when so many bytes were there."""
    header = header_bytes(body)
    audible = header + int(silent_share(body) * (len(body) - header))

    def came(offset: int) -> float:
        return next(at for at, size in arrivals if size > offset)

    return Fetched(
        body=body,
        first_byte_s=came(0),
        first_audio_s=came(header),
        first_audible_s=came(audible),
        total_s=arrivals[-1][0],
    )


def silent_share(body: bytes) -> float:
    """The share of a file that nobody hears at its start; 0 where it is silent to the end."""
    samples, _ = decode(body)
    return float(np.argmax(np.abs(samples) > _AUDIBLE)) / len(samples)


def header_bytes(body: bytes) -> int:
    """How many bytes of a WAV or MP3 file come before its sound."""
    if body[:4] == b"RIFF":
        return body.index(b"data") + 8
    if body[:3] == b"ID3":
        size = 0
        for byte in body[6:_ID3_HEADER_BYTES]:
            size = size << 7 | byte
        return _ID3_HEADER_BYTES + size
    return 0


def decode(body: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """Its samples, mono, in [-1, 1], and their rate in Hz."""
    with av.open(io.BytesIO(body), "r") as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono")
        blocks = [
            part.to_ndarray()[0]
            for frame in container.decode(stream)
            for part in resampler.resample(frame)
        ]
        return np.concatenate(blocks).astype(np.float32), int(stream.rate)


def sounds(fetched: Fetched, at_least_s: float = 1.0) -> bool:
    """Whether it is speech: long enough, and loud enough to be heard."""
    samples, sample_rate = decode(fetched.body)
    return len(samples) > at_least_s * sample_rate and level_dbfs(samples) > SPEECH_DBFS


def level_dbfs(samples: npt.NDArray[np.float32]) -> float:
    """The level of all of it, dB relative to full scale."""
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))

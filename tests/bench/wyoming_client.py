"""A Wyoming client of the smallest size: one question, timed."""

import json
import socket
import time
from dataclasses import dataclass
from typing import BinaryIO

from tests.bench.rig.ports import HOST
from tests.bench.rig.receiver import AudibleDetector

_TIMEOUT_S = 120.0
_LAST_EVENT = {"classic": "audio-stop", "streaming": "synthesize-stopped"}
DIALOGUES = tuple(_LAST_EVENT)


class WyomingError(RuntimeError):
    """The server answered with an error or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """One answer: when its first sample and the first audible one came, when it ended, and how long
    it sounds.
    """

    first_audio_s: float
    first_audible_s: float
    total_s: float
    audio_s: float


def synthesise(port: int, text: str, dialogue: str) -> Synthesis:
    """Ask for `text` and read the whole answer; times count from just before sending."""
    with (
        socket.create_connection((HOST, port), timeout=_TIMEOUT_S) as connection,
        connection.makefile("rb") as stream,
    ):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = _request(text, dialogue)
        sent = time.monotonic()
        connection.sendall(request)
        return _listen(stream, sent, _LAST_EVENT[dialogue])


def describe(port: int) -> float:
    """Ask for the voices; seconds from connecting until all of the answer is there."""
    began = time.monotonic()
    with (
        socket.create_connection((HOST, port), timeout=_TIMEOUT_S) as connection,
        connection.makefile("rb") as stream,
    ):
        connection.sendall(_event("describe"))
        _read_event(stream)
    return time.monotonic() - began


def _request(text: str, dialogue: str) -> bytes:
    if dialogue == "classic":
        return _event("synthesize", text=text)
    return (
        _event("synthesize-start")
        + _event("synthesize-chunk", text=text)
        + _event("synthesize", text=text)
        + _event("synthesize-stop")
    )


def _event(kind: str, **data: str) -> bytes:
    return json.dumps({"type": kind, "data": data}).encode() + b"\n"


def _listen(stream: BinaryIO, sent: float, last_event: str) -> Synthesis:
    detector = AudibleDetector()
    first: float | None = None
    first_audible: float | None = None
    audio_s = 0.0
    kind = ""
    while kind != last_event:
        kind, data, pcm = _read_event(stream)
        arrived = time.monotonic()
        if kind == "error":
            raise WyomingError("the peer answered with an error")
        if kind == "audio-chunk":
            audio_s += len(pcm) / 2 / int(data["rate"])
            if first is None:
                first = arrived - sent
            if detector.feed(pcm) and first_audible is None:
                first_audible = arrived - sent
    if first is None or first_audible is None:
        raise WyomingError("the peer sent nothing audible")
    return Synthesis(
        first_audio_s=first,
        first_audible_s=first_audible,
        total_s=time.monotonic() - sent,
        audio_s=audio_s,
    )


def _read_event(stream: BinaryIO) -> tuple[str, dict[str, int], bytes]:
    line = stream.readline()
    if not line:
        raise WyomingError("the peer closed the connection")
    header = json.loads(line)
    data = dict(header.get("data") or {})
    if header.get("data_length"):
        data |= json.loads(stream.read(header["data_length"]))
    return str(header["type"]), data, stream.read(header.get("payload_length") or 0)

"""GPT-SoVITS's `api_v2.py` as its clients see it, with a buzz instead of a voice.

Checks what it is asked in the order of the official server, streams WAV in chunks, and can fail
in every way a real one does.
"""

import io
import json
import ssl
import struct
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import numpy as np

LANGUAGES: Final = frozenset({"auto", "en", "zh", "ja", "yue", "ko", "all_zh", "all_ja"})
S_PER_CHARACTER: Final = 0.06
CHUNK_S: Final = 0.64
BUZZ_HZ: Final = 130.0
FIELDS: Final = frozenset(
    {
        *("text", "text_lang", "ref_audio_path", "aux_ref_audio_paths", "prompt_lang"),
        *("prompt_text", "top_k", "top_p", "temperature", "text_split_method", "batch_size"),
        *("batch_threshold", "split_bucket", "speed_factor", "fragment_interval", "seed"),
        *("media_type", "streaming_mode", "parallel_infer", "repetition_penalty"),
        *("sample_steps", "super_sampling", "overlap_length", "min_chunk_length"),
    }
)


class Fault(StrEnum):
    """What goes wrong from now on."""

    SILENT_THEN_DIES = "silent_then_dies"
    """An exception in the model: a second of silence at 16 kHz, then the connection breaks."""
    DIES_AT_ONCE = "dies_at_once"
    """An exception before the model: 200, no body, the connection breaks."""
    DIES_MIDWAY = "dies_midway"
    HANGS = "hangs"
    HANGS_MIDWAY = "hangs_midway"
    TRICKLES = "trickles"
    SILENCE = "silence"
    ENDLESS = "endless"
    HTML = "html"
    NO_WAV = "no_wav"
    STEREO = "stereo"
    OUT_OF_ORDER = "out_of_order"
    REDIRECTS = "redirects"


@dataclass
class GptSovitsApi:
    """What the server has, does and was asked."""

    sample_rate: int = 32_000
    references: frozenset[str] = frozenset({"/voices/grandma.wav"})
    token: str | None = None
    only_sentences: bool = False
    chunk_pause_s: float = 0.0
    fault: Fault | None = None
    faulty_after: int = 0
    """How many segments are said before the fault."""
    gpt_weights: str = "s1v3.ckpt"
    sovits_weights: str = "s2.pth"
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    said: list[tuple[str, str, str]] = field(default_factory=list)
    """Reference and both weights of everything said."""
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client closes the connection before its answer is complete."""
    closing: threading.Event = field(default_factory=threading.Event)

    def speech(self, wanted: dict[str, Any]) -> bytes:
        """A buzz as long as the text, as 16-bit PCM."""
        duration_s = S_PER_CHARACTER * len(wanted["text"]) / wanted.get("speed_factor", 1.0)
        times = np.arange(round(duration_s * self.sample_rate)) / self.sample_rate
        swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * times)
        buzz = 8000 * swell * (2 * (BUZZ_HZ * times % 1) - 1)
        return bytes(buzz.astype("<i2"))

    def problem(self, wanted: dict[str, Any]) -> str | None:
        """Why it refuses, as `check_params` does."""
        if not wanted.get("ref_audio_path"):
            return "ref_audio_path is required"
        if not wanted.get("text"):
            return "text is required"
        for name in ("text_lang", "prompt_lang"):
            language = wanted.get(name)
            if not language:
                return f"{name} is required"
            if language not in LANGUAGES:
                return f"{name}: {language} is not supported in version v2"
        return None


@contextmanager
def running_api(
    api: GptSovitsApi, *, context: ssl.SSLContext | None = None, port: int | None = None
) -> Iterator[GptSovitsApi]:
    """Serve on a port of loopback until the block is left, a free one if none is given."""
    api.closing.clear()
    http = ThreadingHTTPServer(("127.0.0.1", port or 0), type("Handler", (_Handler,), {"api": api}))
    http.daemon_threads = True
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    api.url = f"{'http' if context is None else 'https'}://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), name="api")
    thread.start()
    try:
        yield api
    finally:
        api.closing.set()
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    api: GptSovitsApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path = parse_qs(address.query).get("weights_path", [""])[0]
        if self._is_denied():
            return
        if address.path == "/set_gpt_weights" and path:
            self.api.gpt_weights = path
        elif address.path == "/set_sovits_weights" and path:
            self.api.sovits_weights = path
        else:
            self._json(404, {"detail": "Not Found"})
            return
        self._json(200, {"message": "success"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_denied():
            return
        if self.path != "/tts":
            self._json(404, {"detail": "Not Found"})
            return
        wanted = json.loads(body)
        assert set(wanted) <= FIELDS, "the official server would ignore it"
        streaming = wanted.get("streaming_mode", False)
        if self.api.only_sentences and streaming not in (0, 1):
            self._json(422, {"detail": [{"input": wanted}]})
        elif (problem := self.api.problem(wanted)) is not None:
            self._json(400, {"message": problem})
        else:
            self._tts(wanted)

    def _is_denied(self) -> bool:
        denied = self.api.token is not None and self.headers["Authorization"] != self.api.token
        if denied:
            self._json(401, {"message": "who are you?"})
        return denied

    def _tts(self, wanted: dict[str, Any]) -> None:
        faulty = len(self.api.asked) >= self.api.faulty_after
        self.api.asked.append(wanted)
        self.api.said.append(
            (wanted["ref_audio_path"], self.api.gpt_weights, self.api.sovits_weights)
        )
        fault = self.api.fault if faulty else None
        if wanted["ref_audio_path"] not in self.api.references:
            fault = Fault.DIES_AT_ONCE
        with suppress(OSError):
            self._stream(self.api.speech(wanted), fault)

    def _stream(self, pcm: bytes, fault: Fault | None) -> None:
        match fault:
            case Fault.HANGS:
                self._wait_for_hang_up()
                return
            case Fault.OUT_OF_ORDER:
                self._json(500, {"message": "CUDA out of memory"})
                return
            case Fault.REDIRECTS:
                self._head(307, "text/plain", {"Location": "http://127.0.0.1:9/tts"})
                return
            case Fault.HTML:
                self._head(200, "text/html")
                self._chunk(b"<html>router</html>")
                self._chunk(b"")
                return
        self._head(200, "audio/wav")
        if fault is Fault.DIES_AT_ONCE:
            self._break_off()
            return
        if fault is Fault.SILENT_THEN_DIES:
            self._chunk(_header(16_000))
            self._chunk(bytes(32_000))
            self._break_off()
            return
        if fault is Fault.NO_WAV:
            self._chunk(b"ID3" + pcm)
            self._chunk(b"")
            return
        self._chunk(_header(self.api.sample_rate, 2 if fault is Fault.STEREO else 1))
        self._speak(pcm, fault)

    def _speak(self, pcm: bytes, fault: Fault | None) -> None:
        step = 2 * round(CHUNK_S * self.api.sample_rate)
        if fault is Fault.SILENCE:
            pcm = bytes(len(pcm))
        for number, start in enumerate(range(0, len(pcm), step)):
            if fault is Fault.TRICKLES:
                step = 2
                while not self.api.closing.wait(0.02):
                    self._chunk(pcm[start : start + step])
            if number and fault is Fault.DIES_MIDWAY:
                self._break_off()
                return
            if number and fault is Fault.HANGS_MIDWAY:
                self._wait_for_hang_up()
                return
            self._chunk(pcm[start : start + step])
            if self.api.chunk_pause_s and self._hung_up_within(self.api.chunk_pause_s):
                return
        while fault is Fault.ENDLESS and not self.api.closing.is_set():
            self._chunk(pcm)
        self._chunk(b"")

    def _head(self, status: int, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _break_off(self) -> None:
        self.close_connection = True

    def _wait_for_hang_up(self) -> None:
        while not self.api.closing.is_set() and not self._hung_up_within(0.01):
            pass
        self._break_off()

    def _hung_up_within(self, seconds: float) -> bool:
        self.connection.settimeout(seconds)
        try:
            gone = not self.connection.recv(1)
        except TimeoutError:
            gone = False
        except OSError:
            gone = True
        self.connection.settimeout(None)
        if gone:
            self.api.hung_up.set()
        return gone

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        pass


def _header(sample_rate: int, channels: int = 1) -> bytes:
    """Of a stream: it does not know how much will come."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
    header = buffer.getvalue()
    assert struct.unpack("<I", header[-4:]) == (0,)
    return header

"""The peer, resemble-perth, run by its own environment's Python: marks and detects on request.

A request is a line of JSON, {"do": "mark" or "detect", "bytes": …}, and that many bytes of
little-endian float32 at 16 kHz; the answer is one alike, with "cpu_s" and, from "detect", the
"confidence" from 0 to 1. The first answer comes unasked, once everything is loaded and warm.
"""

import importlib
import json
import sys
import time
from contextlib import redirect_stdout
from typing import Any

import numpy as np

_RATE = 16_000


def _loaded() -> Any:
    importlib.import_module("torch").set_num_threads(1)
    marker = importlib.import_module("perth").PerthImplicitWatermarker()
    marker.get_watermark(marker.apply_watermark(_silence(), sample_rate=_RATE), sample_rate=_RATE)
    return marker


def _silence() -> Any:
    return np.full(_RATE, 1e-4, np.float32)


def _answer(marker: Any, asked: dict[str, Any], samples: Any) -> tuple[dict[str, float], bytes]:
    started = time.process_time()
    if asked["do"] == "mark":
        marked = marker.apply_watermark(samples, sample_rate=_RATE)
        return {"cpu_s": time.process_time() - started}, marked.astype("<f4").tobytes()
    found = marker.get_watermark(samples, sample_rate=_RATE, round=False)
    return {"cpu_s": time.process_time() - started, "confidence": float(found)}, b""


def _send(answer: dict[str, float], data: bytes = b"") -> None:
    head = json.dumps({**answer, "bytes": len(data)}).encode()
    sys.stdout.buffer.write(head + b"\n" + data)
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer until there is nothing more to read."""
    with redirect_stdout(sys.stderr):
        marker = _loaded()
    _send({"cpu_s": time.process_time()})
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        samples = np.frombuffer(sys.stdin.buffer.read(asked["bytes"]), "<f4")
        _send(*_answer(marker, asked, samples))


if __name__ == "__main__":
    main()

"""The peer's marker and detector, in a process and an environment of their own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tests.bench.watermark_attacks import Samples

_PYTHON: Final = Path(__file__).parents[2] / ".venv-peer-watermark/bin/python"
_WORKER: Final = Path(__file__).with_name("watermark_peer_worker.py")


@dataclass(frozen=True, slots=True)
class Peer:
    """Asks the worker; times are those of its processor."""

    asked: IO[bytes]
    answers: IO[bytes]

    def marked(self, plain: Samples) -> tuple[Samples, float]:
        """All of `plain` with the peer's mark, and the seconds it took."""
        answer, data = self._ask("mark", plain)
        return np.frombuffer(data, "<f4").astype(np.float32), float(answer["cpu_s"])

    def confidence(self, samples: Samples) -> tuple[float, float]:
        """How sure the peer is of its mark, from 0 to 1, and the seconds it took."""
        answer, _data = self._ask("detect", samples)
        return float(answer["confidence"]), float(answer["cpu_s"])

    def _ask(self, do: str, samples: Samples) -> tuple[dict[str, Any], bytes]:
        data = samples.astype("<f4").tobytes()
        self.asked.write(json.dumps({"do": do, "bytes": len(data)}).encode() + b"\n" + data)
        self.asked.flush()
        return self.answer()

    def answer(self) -> tuple[dict[str, Any], bytes]:
        """The next answer, waited for."""
        line = self.answers.readline()
        if not line:
            raise RuntimeError("the peer ended; what it said is above")
        answer = json.loads(line)
        return answer, self.answers.read(answer["bytes"])


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Start the peer, wait until it is warm, and end it in the end."""
    if not _PYTHON.exists():
        raise SystemExit(f"no {_PYTHON.parents[1].name} – make bench-watermark-peer makes it")
    command = [str(_PYTHON), "-W", "ignore", str(_WORKER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the peer has no pipes")
        peer = Peer(process.stdin, process.stdout)
        peer.answer()
        yield peer
        process.stdin.close()

"""The peer, wyoming-piper, in a virtual environment of its own, offline."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from tests.bench.rig.ports import HOST, free_port, wait_until_listens
from tests.bench.texts import one_sentence
from tests.bench.wyoming_client import DIALOGUES, synthesise

REPOSITORY = Path(__file__).parents[2]
VENV = REPOSITORY / ".venv-peer"
DEFAULT_VOICE = REPOSITORY.parent / "shared/golden/piper/random_piper_medium.onnx"
_PACKAGES = ("wyoming-piper", "piper-tts")
_START_TIMEOUT_S = 60.0
_TRIALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A running, warmed peer and the dialogue in which it answers soonest."""

    port: int
    dialogue: str
    versions: dict[str, str]
    process: psutil.Process

    def first_audible_s(self, text: str) -> float:
        """From sending the request to the first audible sample; waits for the rest as well."""
        return synthesise(self.port, text, self.dialogue).first_audible_s


def why_not(voice: Path) -> str | None:
    """Why the peer cannot be measured here; None when it can."""
    if not voice.exists() or not Path(f"{voice}.json").exists():
        return f"no voice at {voice} (choose one with --peer-voice)"
    if _python().exists():
        return None
    try:
        _install()
    except (OSError, subprocess.CalledProcessError):
        return f"wyoming-piper could not be installed into {VENV}"
    return None


@contextmanager
def running_peer(voice: Path, folder: Path) -> Iterator[Peer]:
    """Start the peer with `voice`, warm it, find its best dialogue, and stop it in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with (folder / "peer.log").open("wb") as log:
        process = subprocess.Popen(_command(voice, folder, port), stdout=log, stderr=log)
    try:
        if not wait_until_listens(port, _START_TIMEOUT_S):
            raise RuntimeError(f"wyoming-piper does not listen; see {folder / 'peer.log'}")
        yield Peer(
            port=port,
            dialogue=_best_dialogue(port),
            versions=_versions(),
            process=psutil.Process(process.pid),
        )
    finally:
        process.terminate()
        process.wait(timeout=30)


def _command(voice: Path, folder: Path, port: int) -> list[str]:
    return [
        str(_python()),
        *("-m", "wyoming_piper"),
        *("--voice", str(voice)),
        *("--data-dir", str(folder)),
        *("--uri", f"tcp://{HOST}:{port}"),
        "--local-files-only",
    ]


def _best_dialogue(port: int) -> str:
    text = one_sentence(20)
    synthesise(port, text, DIALOGUES[0])

    def typical(dialogue: str) -> float:
        return median(synthesise(port, text, dialogue).first_audible_s for _ in range(_TRIALS))

    return min(DIALOGUES, key=typical)


def _python() -> Path:
    return VENV / "bin/python"


def _install() -> None:
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *_PACKAGES], check=True)


def _versions() -> dict[str, str]:
    code = (
        "from importlib.metadata import version; "
        f"print(*(version(name) for name in {(*_PACKAGES, 'onnxruntime')!r}))"
    )
    found = subprocess.run([str(_python()), "-c", code], check=True, capture_output=True, text=True)
    return dict(zip((*_PACKAGES, "onnxruntime"), found.stdout.split(), strict=True))

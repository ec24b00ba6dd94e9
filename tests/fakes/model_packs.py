"""Model packs made for tests: small, of random content, with a manifest that fits."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hub_agent.models.content import describe_files
from hub_agent.models.manifest import MANIFEST, Manifest

CONTENT: Final = {
    "graphs/t2s.onnx": random.Random(1).randbytes(1_500_000),
    "graphs/vits.onnx": random.Random(2).randbytes(200_000),
    "symbols.json": b'{"a": 1}\n',
    "empty.txt": b"",
}


def write_files(folder: Path, content: Mapping[str, bytes] = CONTENT) -> Path:
    """The files of a pack, still without a manifest."""
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def manifest_for(folder: Path, name: str = "home-voice") -> Manifest:
    """A manifest of what lies in the folder."""
    return Manifest(
        name=name,
        engine="gpt_sovits",
        kind="v2ProPlus",
        sample_rate=32_000,
        licence="MIT",
        languages=("en", "zh-Hant"),
        figures={"layers": 24, "rtf": {"pi5": 0.7}},
        files=describe_files(folder),
    )


def make_pack(folder: Path, content: Mapping[str, bytes] = CONTENT) -> Manifest:
    """A whole pack in `folder`."""
    manifest = manifest_for(write_files(folder, content))
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    return manifest

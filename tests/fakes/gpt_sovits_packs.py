"""Packs made of the golden checkpoints, once for all tests."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.pack_maker import PackRequest, make_pack
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.models.store import InstalledPack, ModelStore
from tests.fakes.golden import golden_file, golden_folder
from tests.fakes.sovits import GOLDEN


def golden_request(kind: Kind = Kind.S2_V2, **changed: Any) -> PackRequest:
    """All golden checkpoints; skips the test where one is missing."""
    whole: dict[str, Any] = {
        "s1": golden_file("s1_tiny.ckpt"),
        "s2": golden_file(f"s2_tiny_{GOLDEN[kind]}.pth"),
        "hubert": golden_folder("hubert_tiny"),
        "speaker": golden_file("sv_tiny.ckpt"),
        "precision": Precision.FP32,
    }
    return PackRequest(**{**whole, **changed})


@cache
def golden_pack(kind: Kind = Kind.S2_V2) -> InstalledPack:
    """Exact; not to be changed."""
    return make_pack(golden_request(kind), ModelStore(_folder()))


@cache
def quantised_pack() -> InstalledPack:
    """Of small integers, with the HuBERT of the exact one; not to be changed."""
    request = golden_request(name="quantised", precision=Precision.INT8, hubert=None)
    return make_pack(request, store_of(golden_pack()))


def store_of(pack: InstalledPack) -> ModelStore:
    """Where a pack lies."""
    return ModelStore(pack.folder.parent)


def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="hub-agent-packs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)

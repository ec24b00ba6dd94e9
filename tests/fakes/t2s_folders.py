"""Token networks ready to be opened, made of checkpoints once for all tests."""

import tempfile
from functools import cache
from pathlib import Path

from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint
from hub_agent.gpt_sovits.t2s import T2S
from hub_agent.gpt_sovits.t2s_maker import make_t2s


@cache
def opened(checkpoint: Path, *, is_quantised: bool = False) -> T2S:
    """The network of a checkpoint, on one thread; loaded whole, nothing of it stays on disk."""
    with tempfile.TemporaryDirectory() as folder:
        make_t2s(S1Checkpoint.read(checkpoint), Path(folder), is_quantised=is_quantised)
        return T2S.open(Path(folder), num_threads=1)

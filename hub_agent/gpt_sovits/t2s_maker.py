"""The text-to-semantic graphs of a checkpoint, written into a folder."""

from pathlib import Path
from typing import Final

from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint
from hub_agent.gpt_sovits.graphs.stored import WeightsFile
from hub_agent.gpt_sovits.graphs.t2s import build_prefill, build_step
from hub_agent.gpt_sovits.quantise import quantise
from hub_agent.gpt_sovits.t2s_network import PREFILL_FILE, STEP_FILE

WEIGHTS_FILE: Final = "t2s.weights"
FILES: Final = (PREFILL_FILE, STEP_FILE, WEIGHTS_FILE)


def make_t2s(checkpoint: S1Checkpoint, folder: Path, *, is_quantised: bool) -> None:
    """Write `FILES` into `folder`; both graphs use the same weights."""
    with WeightsFile(folder / WEIGHTS_FILE) as weights:
        for name, build in ((PREFILL_FILE, build_prefill), (STEP_FILE, build_step)):
            model = build(checkpoint.weights, checkpoint.config)
            if is_quantised:
                quantise(model)
            weights.save(model, folder / name)
            # One graph at a time: with its weights it takes four bytes a parameter.
            del model

"""The networks of a pack that is being made, tried out before anybody relies on them."""

from pathlib import Path
from typing import Final

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits import bert_maker, t2s_maker
from hub_agent.gpt_sovits.bert import Bert
from hub_agent.gpt_sovits.checkpoint.bert import BertCheckpoint
from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.generator_maker import snr_db
from hub_agent.gpt_sovits.graphs.sovits import (
    COARSE_INT8_FILE,
    CODES_FILE,
    FINE_INT8_FILE,
    SPEAKING,
)
from hub_agent.gpt_sovits.memory import give_back_memory
from hub_agent.gpt_sovits.pack import HUBERT_FILE
from hub_agent.gpt_sovits.sessions import open_session
from hub_agent.gpt_sovits.t2s_comparison import Comparison, compare
from hub_agent.gpt_sovits.t2s_network import PREFILL_FILE, STEP_FILE, T2SNetwork
from hub_agent.models.tree import remove_tree

_EXACT: Final = "exact"
_CHINESE: Final = "今天天气很好,我们一起去公园走走吧.你什么时候回家?晚饭已经准备好了!"
_SOUNDING: Final = {*SPEAKING, COARSE_INT8_FILE, FINE_INT8_FILE}
_OPENED: Final = {PREFILL_FILE, STEP_FILE, HUBERT_FILE, CODES_FILE, *_SOUNDING}


def compared_with_exact(folder: Path, checkpoint: S1Checkpoint) -> Comparison:
    """The token network in `folder` beside the exact one, which is made for this alone."""
    exact = folder / _EXACT
    exact.mkdir()
    t2s_maker.make_t2s(checkpoint, exact, is_quantised=False)
    give_back_memory()
    result = compare(T2SNetwork.open(exact), T2SNetwork.open(folder))
    remove_tree(exact)
    give_back_memory()
    return result


def bert_snr_db(folder: Path, checkpoint: BertCheckpoint) -> float:
    """Of what the exact BERT gives to what the one in `folder`, of small integers, adds to it."""
    exact = folder / _EXACT
    exact.mkdir()
    bert_maker.make_bert(checkpoint, exact, is_quantised=False)
    features = []
    for place in (exact, folder):
        features.append(Bert(place).of_characters(_CHINESE))
        give_back_memory()
    remove_tree(exact)
    return snr_db(*features)


def tried_sample_rate(folder: Path) -> int:
    """Of what the speaking side gives.

    Graphs that cannot be loaded, or do not fit each other, are a `ModelFileError`.
    """
    T2SNetwork.open(folder)
    give_back_memory()
    rate = DecoderNetworks.open(folder).sample_rate
    for graph in {path.name for path in folder.glob("*.onnx")} - _OPENED:
        give_back_memory()
        open_session(folder / graph, num_threads=1)
    _require_hearing(folder)
    give_back_memory()
    return rate


def _require_hearing(folder: Path) -> None:
    """What HuBERT gives is what the SoVITS checkpoint takes."""
    heard = open_session(folder / HUBERT_FILE, num_threads=1).get_outputs()[0]
    taken = open_session(folder / CODES_FILE, num_threads=1).get_inputs()[0]
    if heard.shape[-1] != taken.shape[-1]:
        raise ModelFileError(
            "the SoVITS checkpoint was not trained with this HuBERT",
            hint="use the folder chinese-hubert-base",
            reason="other_checkpoint",
        )

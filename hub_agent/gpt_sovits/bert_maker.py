"""The graph and the vocabulary of a BERT checkpoint, written into a folder."""

from pathlib import Path
from typing import Final

from hub_agent.gpt_sovits.bert import BERT_FILE, VOCABULARY_FILE
from hub_agent.gpt_sovits.checkpoint.bert import BertCheckpoint
from hub_agent.gpt_sovits.graphs.bert import build_bert
from hub_agent.gpt_sovits.graphs.stored import WeightsFile

WEIGHTS_FILE: Final = "bert.weights"
FILES: Final = (BERT_FILE, WEIGHTS_FILE, VOCABULARY_FILE)


def make_bert(checkpoint: BertCheckpoint, folder: Path, *, is_quantised: bool) -> None:
    """Write `FILES` into `folder`; never more than one of its weights is in memory."""
    with WeightsFile(folder / WEIGHTS_FILE) as file:
        model = build_bert(
            checkpoint.weights, checkpoint.config, is_quantised=is_quantised, put_away=file.put_away
        )
        file.save(model, folder / BERT_FILE)
    (folder / VOCABULARY_FILE).write_bytes(checkpoint.vocabulary.to_bytes())

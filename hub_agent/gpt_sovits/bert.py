"""What a Chinese BERT makes of the characters of a text."""

from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.vocabulary import Vocabulary
from hub_agent.gpt_sovits.graphs.bert import NUM_POSITIONS, TOKENS
from hub_agent.gpt_sovits.sessions import computing, open_session

BERT_FILE: Final = "bert.onnx"
VOCABULARY_FILE: Final = "bert_vocabulary.json"
_NUM_MARKS: Final = 2
"""Tokens of begin and end."""


class Bert:
    """The network in a folder, loaded when it is asked first; see `ZhFeatures`."""

    def __init__(self, folder: Path, *, num_threads: int = 2) -> None:
        self._folder = folder
        self._num_threads = num_threads

    def of_characters(self, text: str) -> NDArray[np.float32]:
        """`[len(text), width]`; of a very long text part by part."""
        most = int(self._session.get_modelmeta().custom_metadata_map[NUM_POSITIONS]) - _NUM_MARKS
        pieces = [text[start : start + most] for start in range(0, len(text), most)]
        with computing():
            return np.concatenate([self._rows(piece) for piece in pieces])

    def _rows(self, text: str) -> NDArray[np.float32]:
        (hidden,) = self._session.run(None, {TOKENS: self._vocabulary.tokens_of(text)})
        return np.asarray(hidden, np.float32)

    @cached_property
    def _session(self) -> Any:
        return open_session(self._folder / BERT_FILE, num_threads=self._num_threads)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary.of_pack(self._folder / VOCABULARY_FILE)

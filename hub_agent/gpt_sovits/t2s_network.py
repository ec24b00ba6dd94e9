"""The text-to-semantic network at work: its memory of a sentence, and one step after the other."""

from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from hub_agent.errors import ModelFileError
from hub_agent.gpt_sovits.graphs import t2s_names as names
from hub_agent.gpt_sovits.sampler import Floats, Tokens
from hub_agent.gpt_sovits.sessions import computing, open_session

PREFILL_FILE: Final = "t2s_prefill.onnx"
STEP_FILE: Final = "t2s_step.onnx"

_CPU: Final = ("cpu", 0)

Array = NDArray[Any]


class T2SNetwork:
    """The two graphs, loaded."""

    def __init__(self, prefill: Any, step: Any) -> None:
        self.prefill = prefill
        self.step = step
        try:
            inputs = _shapes(step.get_inputs())
            _one, self.num_heads, _capacity, self.head_size = inputs[names.past_names(0)[0]]
            self.vocabulary_size: int = _shapes(step.get_outputs())[names.LOGITS][-1]
            self.bert_size: int = _shapes(prefill.get_inputs())[names.BERT][-1]
            self.num_phones = int(prefill.get_modelmeta().custom_metadata_map[names.NUM_PHONES])
        except (KeyError, ValueError) as error:
            raise ModelFileError(
                "a graph of the model is not the one it should be",
                hint="make the model pack again from its checkpoints",
            ) from error
        self.num_layers = sum(name.startswith(names.PAST_KEY) for name in inputs)

    @classmethod
    def open(cls, folder: Path, *, num_threads: int = 1) -> Self:
        """Load the two graphs in a folder."""
        return cls(
            open_session(folder / PREFILL_FILE, num_threads=num_threads),
            open_session(folder / STEP_FILE, num_threads=num_threads),
        )

    def start(
        self, phones: Tokens, bert: Floats | None, prompt: Tokens, *, max_tokens: int
    ) -> "Decoding":
        """A sentence to be decoded; room for `max_tokens` after the prompt is set aside."""
        phones, prompt = (np.asarray(ids, np.int64) for ids in (phones, prompt))
        features = self._features(phones, bert)
        self._check(phones, prompt)
        return Decoding(self, phones, features, prompt, max_tokens)

    def _features(self, phones: Tokens, bert: Floats | None) -> Floats:
        if bert is None:
            return np.zeros((phones.size, self.bert_size), np.float32)
        if bert.shape != (self.bert_size, phones.size):
            raise ValueError("there is one column of BERT features for each phone")
        return np.ascontiguousarray(bert.T, np.float32)

    def _check(self, phones: Tokens, prompt: Tokens) -> None:
        if not phones.size or not 0 <= phones.min() <= phones.max() < self.num_phones:
            raise ValueError("there are no phones, or some that do not exist")
        if prompt.size and not 0 <= prompt.min() <= prompt.max() < self.vocabulary_size - 1:
            raise ValueError("the prompt holds tokens that do not exist")


class Decoding:
    """One sentence: keys and values of all positions so far, written in place."""

    def __init__(
        self,
        network: T2SNetwork,
        phones: Tokens,
        features: Floats,
        prompt: Tokens,
        max_tokens: int,
    ) -> None:
        self.eos = network.vocabulary_size - 1
        self._network = network
        self._inputs = {names.PHONES: phones, names.BERT: features, names.PROMPT: prompt}
        self._length = phones.size + prompt.size
        self._prompt_length = prompt.size
        self._capacity = self._length + max_tokens
        shape = (1, network.num_heads, self._capacity, network.head_size)
        self._memory = {
            name: np.empty(shape, np.float32)
            for layer in range(network.num_layers)
            for name in names.past_names(layer)
        }

    def memory(self, layer: int) -> tuple[Floats, Floats]:
        """The keys and values of a layer, `[1, heads, capacity, head]`."""
        key, value = names.past_names(layer)
        return self._memory[key], self._memory[value]

    def first_logits(self) -> Floats:
        """Read text and prompt; the values of all tokens that may come first."""
        outputs = [names.present_of(past) for past in self._memory]
        with computing():
            logits, *present = self._network.prefill.run([names.LOGITS, *outputs], self._inputs)
        for memory, rows in zip(self._memory.values(), present, strict=True):
            memory[:, :, : self._length] = rows
        self._bind()
        return np.asarray(logits[0], np.float32)

    def feed(self, token: int) -> Floats:
        """Go on with `token`; the values of all tokens that may follow."""
        if self._length >= self._capacity:
            raise ValueError("there is no room for another token")
        self._token[0] = token
        with computing():
            self._network.step.run_with_iobinding(self._binding)
        self._past_length[0] += 1
        self._position[0] += 1
        self._length += 1
        return self._logits.copy()

    def _bind(self) -> None:
        """All arrays stay where they are, so one binding serves all steps."""
        self._token = np.zeros(1, np.int64)
        self._position = np.array([self._prompt_length], np.int64)
        self._past_length = np.array([self._length], np.int32)
        self._logits = np.empty(self._network.vocabulary_size, np.float32)
        self._binding = self._network.step.io_binding()
        inputs: dict[str, Array] = {
            names.LAST: self._token,
            names.POSITION: self._position,
            names.PAST_LENGTH: self._past_length,
            **self._memory,
        }
        outputs = {names.present_of(past): array for past, array in self._memory.items()}
        outputs[names.LOGITS] = self._logits[np.newaxis]
        for name, array in inputs.items():
            self._binding.bind_input(name, *_CPU, array.dtype, array.shape, array.ctypes.data)
        for name, array in outputs.items():
            self._binding.bind_output(name, *_CPU, array.dtype, array.shape, array.ctypes.data)


def _shapes(values: Any) -> dict[str, Any]:
    return {value.name: value.shape for value in values}

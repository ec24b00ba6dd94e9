"""The characters that a BERT knows.

Official inference reads a normalised text, in which each character is one token: pieces of words
are of no use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from hub_agent.gpt_sovits.checkpoint.config import read_json
from hub_agent.gpt_sovits.checkpoint.problems import damaged

TOKENIZER_FILE: Final = "tokenizer.json"
LIST_FILE: Final = "vocab.txt"
_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_MAX_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """Tokens by character; `[CLS]`, `[SEP]` and `[UNK]` are always among them."""

    ids: Mapping[str, int] = field(repr=False)

    @classmethod
    def of_folder(cls, folder: Path, *, size: int) -> Self:
        """Of Hugging Face, for a table of so many rows."""
        path = folder / TOKENIZER_FILE
        content = read_json(path, max_bytes=_MAX_BYTES) if path.exists() else _listed(folder)
        return cls._checked(content, path.name, size)

    @classmethod
    def of_pack(cls, path: Path) -> Self:
        """What `to_bytes` made."""
        return cls._checked(read_json(path, max_bytes=_MAX_BYTES), path.name, _MAX_BYTES)

    def to_bytes(self) -> bytes:
        """As a pack keeps it."""
        return json.dumps({"model": {"vocab": dict(self.ids)}}, ensure_ascii=False).encode()

    def tokens_of(self, text: str) -> NDArray[np.int64]:
        """`[1 + len(text) + 1]`: begin, one for each character, end."""
        unknown = self.ids[_UNKNOWN]
        tokens = [self.ids.get(character.lower(), unknown) for character in text]
        return np.array([self.ids[_BEGIN], *tokens, self.ids[_END]], np.int64)

    @classmethod
    def _checked(cls, content: Mapping[str, Any], file: str, size: int) -> Self:
        match content:
            case {"model": {"vocab": dict(ids)}}:
                pass
            case _:
                raise damaged(f"its {file} makes no sense")
        marks = {_BEGIN, _END, _UNKNOWN}
        kept = {str(token): number for token, number in ids.items() if _is_kept(token, marks)}
        if not marks <= kept.keys():
            raise damaged(f"its {file} lacks {' or '.join(sorted(marks))}")
        if any(type(number) is not int or not 0 <= number < size for number in kept.values()):
            raise damaged(f"its {file} does not fit its weights")
        return cls(ids=kept)


def _is_kept(token: object, marks: set[str]) -> bool:
    return isinstance(token, str) and (len(token) == 1 or token in marks)


def _listed(folder: Path) -> Mapping[str, Any]:
    """One token a line, as a `tokenizer.json` would have them."""
    try:
        with (folder / LIST_FILE).open("rb") as file:
            lines = file.read(_MAX_BYTES).decode().split("\n")
    except (OSError, ValueError) as error:
        raise damaged(f"it has no {TOKENIZER_FILE}, and its {LIST_FILE} cannot be read") from error
    return {"model": {"vocab": {line.rstrip("\r"): number for number, line in enumerate(lines)}}}

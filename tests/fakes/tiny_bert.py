"""A small BERT that the official library made, and what it makes of some texts."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

TINY_BERT: Final = Path(__file__).parents[1] / "data" / "bert_tiny"


@cache
def official_features() -> Mapping[str, NDArray[np.float32]]:
    """A row for each character, by text; `make.py` beside the files made them."""
    with np.load(TINY_BERT / "features.npz") as file:
        return {str(text): file[f"features_{number}"] for number, text in enumerate(file["texts"])}

"""The picture of what the mark survives."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

_COLUMNS: Final = (("found_1e6", "found at 1e-6"), ("named_by_list", "named by the list"))


def draw(survival: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One row for each attack, one column for each length, and write the PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    attacks = list(dict.fromkeys(row["attack"] for row in survival))
    lengths = list(dict.fromkeys(row["length_s"] for row in survival))
    figure, panels = plt.subplots(
        1, 2, figsize=(9, 1.2 + 0.2 * len(attacks)), sharey=True, squeeze=False
    )
    for axes, (key, title) in zip(panels[0], _COLUMNS, strict=True):
        shares = np.array([row[key] for row in survival]).reshape(len(attacks), len(lengths))
        axes.imshow(shares, aspect="auto", cmap="RdYlGn", vmin=0, vmax=1)
        for (row, column), share in np.ndenumerate(shares):
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7)
        axes.set_xticks(range(len(lengths)), [f"{length:g} s" for length in lengths])
        axes.set_yticks(range(len(attacks)), attacks, fontsize=8)
        axes.set_title(f"{title}, %", fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)

"""The picture of what the mark survives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

_PANELS: Final = {
    "found_1e6": "ours: found at 1e-6",
    "named_blindly": "ours: 32 bits read",
    "named_by_list": "ours: named by the list",
    "peer_found": "resemble-perth: found",
}
_DARK: Final = 0.55


def draw(report: Mapping[str, Any], path: Path) -> None:
    """One row for each attack, one panel for each share, one column for each length; a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    survival = report["survival"]
    attacks = list(dict.fromkeys(row["attack"] for row in survival))
    lengths = list(dict.fromkeys(row["length_s"] for row in survival))
    keys = [key for key in _PANELS if key in survival[0]]
    figure, panels = plt.subplots(
        1, len(keys), figsize=(9, 1.6 + 0.2 * len(attacks)), sharey=True, squeeze=False
    )
    for axes, key in zip(panels[0], keys, strict=True):
        shares = np.array([row[key] for row in survival]).reshape(len(attacks), len(lengths))
        axes.imshow(shares, aspect="auto", cmap="Blues", vmin=0, vmax=1)
        for (row, column), share in np.ndenumerate(shares):
            ink = "white" if share > _DARK else "black"
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=ink)
        axes.set_xticks(range(len(lengths)), [f"{length:g} s" for length in lengths])
        axes.set_yticks(range(len(attacks)), attacks)
        axes.tick_params(length=0)
        axes.set_title(f"{_PANELS[key]}, %", fontsize=10)
    heading = f"{report['clips']} clips of {report['source']}, {report['strength']} strength"
    figure.suptitle(f"What the mark survives – {heading}", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)

"""The picture of how soon and how quickly packs speak."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_COLOURS: Final = {"int8": "#0b6e8f", "fp32": "#b3541e"}
_LINES: Final = {"v2": "-", "v2ProPlus": "--"}


def draw(report: Mapping[str, Any], path: Path) -> None:
    """First audio and real-time factor over the length of a sentence; a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (first, rtf) = plt.subplots(1, 2, figsize=(9, 3.6))
    for pace in report["paces"]:
        style = {"color": _COLOURS[pace["precision"]], "linestyle": _LINES[pace["kind"]]}
        label = f"{pace['kind']}, {pace['precision']}"
        tokens = [sentence["num_tokens"] for sentence in pace["sentences"]]
        for axes, key in ((first, "first_audio_cpu_ms"), (rtf, "cpu_rtf")):
            values = [sentence[key] for sentence in pace["sentences"]]
            axes.plot(tokens, values, marker="o", label=label, **style)
    first.set(title="First audio", xlabel="tokens in the sentence", ylabel="processor ms")
    rtf.set(title="Processor seconds a second of sound", xlabel="tokens in the sentence")
    for axes in (first, rtf):
        axes.set_ylim(bottom=0)
        axes.grid(color="#e6eaec")
        axes.spines[["top", "right"]].set_visible(False)
    rtf.axhline(1, color="#9aa5ab", linewidth=1)
    rtf.legend(frameon=False, fontsize=9)
    machine = report["machine"]
    figure.suptitle(
        f"{machine['processor']}, {machine['cores']} cores, random weights", fontsize=10
    )
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)

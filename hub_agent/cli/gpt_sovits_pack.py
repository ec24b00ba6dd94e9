"""`hub-agent models add-gpt-sovits`: a pack out of somebody's checkpoints."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub_agent.cli.models_place import models_place
from hub_agent.cli.options import ConfigOption, JsonFlag
from hub_agent.cli.shell import talk
from hub_agent.gpt_sovits.precision import Precision

if TYPE_CHECKING:
    from hub_agent.models.store import InstalledPack

MIN_AGREEMENT = 0.9
"""Of int8 with fp32; below it the exact weights are worth their price."""
MIN_BERT_SNR_DB = 10.0
"""A third of the size of what BERT says of a character: then it says something else."""


def add_gpt_sovits(
    *,
    s1: Annotated[Path, typer.Option("--s1", help="The GPT checkpoint (.ckpt).")],
    s2: Annotated[
        Path, typer.Option("--s2", help="The SoVITS checkpoint (.pth): v2, v2Pro or v2ProPlus.")
    ],
    hubert: Annotated[
        Path | None,
        typer.Option(
            help="The folder chinese-hubert-base; without it, the one of another model here."
        ),
    ] = None,
    sv: Annotated[
        Path | None,
        typer.Option(
            help="The speaker verification checkpoint of v2Pro and v2ProPlus; without it, the "
            "one of another model here."
        ),
    ] = None,
    bert: Annotated[
        Path | None,
        typer.Option(
            help="The folder chinese-roberta-wwm-ext-large, with which Mandarin is read as the "
            "official code reads it; without it, the one that was downloaded, or none."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call it; without it, as the SoVITS checkpoint.")
    ] = None,
    precision: Annotated[
        Precision,
        typer.Option(
            help="Of the token network and BERT; fp32 is three times as slow and as large."
        ),
    ] = Precision.INT8,
    licence: Annotated[
        str | None, typer.Option(help="What the checkpoints' licence permits.")
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Make a model of GPT-SoVITS checkpoints; nothing in them is run."""
    from hub_agent.gpt_sovits.pack_maker import UNKNOWN_LICENCE, PackRequest, make_pack
    from hub_agent.models.store import pack_store

    request = PackRequest(
        s1=s1,
        s2=s2,
        hubert=hubert,
        speaker=sv,
        bert=bert,
        name=name,
        precision=precision,
        licence=licence or UNKNOWN_LICENCE,
    )
    store = pack_store(models_place(config, make=True))
    with _steps() as tell:
        pack = make_pack(request, store, tell)
    _show(pack, as_json=as_json)


def _show(pack: "InstalledPack", *, as_json: bool) -> None:
    from hub_agent.gpt_sovits.pack_maker import (
        BERT_FIGURE,
        BERT_SNR_FIGURE,
        COMPARISON_FIGURE,
        SNR_FIGURE,
    )

    manifest = pack.manifest
    comparison: Any = manifest.figures.get(COMPARISON_FIGURE)
    if as_json:
        row = {
            "model": manifest.name,
            "kind": manifest.kind,
            "precision": manifest.figures["precision"],
            "sample_rate": manifest.sample_rate,
            "size_mb": round(manifest.size / 1e6, 1),
            "licence": manifest.licence,
            COMPARISON_FIGURE: comparison,
            SNR_FIGURE: manifest.figures.get(SNR_FIGURE),
            "bert": BERT_FIGURE in manifest.figures,
            BERT_SNR_FIGURE: manifest.figures.get(BERT_SNR_FIGURE),
            "folder": str(pack.folder),
        }
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    talk(f"{manifest.name} ({manifest.kind}) is ready: {pack.folder}")
    if comparison:
        _tell_agreement(manifest.name, comparison)
    snr_db: Any = manifest.figures.get(SNR_FIGURE)
    if snr_db is not None:
        _tell_snr(snr_db)
    bert_snr_db: Any = manifest.figures.get(BERT_SNR_FIGURE)
    if bert_snr_db is not None:
        _tell_bert_snr(manifest.name, bert_snr_db)


def _tell_agreement(name: str, comparison: Mapping[str, Any]) -> None:
    agreement = comparison["agreement"]
    talk(f"int8 finds the token that fp32 finds in {agreement:.0%} of the steps")
    if agreement < MIN_AGREEMENT:
        talk(f"that is little: hub-agent models remove {name}, then again with --precision fp32")


def _tell_snr(snr_db: float) -> None:
    from hub_agent.gpt_sovits.generator_maker import MIN_SNR_DB

    talk(f"what int8 adds to the sound of fp32 is {snr_db:.0f} dB below it")
    if snr_db < MIN_SNR_DB:
        talk("that may be heard: the generator stays fp32, which takes twice the time")


def _tell_bert_snr(name: str, snr_db: float) -> None:
    talk(f"what int8 adds to what BERT makes of Mandarin is {snr_db:.0f} dB below it")
    if snr_db < MIN_BERT_SNR_DB:
        talk(f"that is little: hub-agent models remove {name}, then again with --precision fp32")


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """What is done now and for how long, where standard error is a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        task = bars.add_task("reading the checkpoints")
        yield lambda step: bars.update(task, description=step)

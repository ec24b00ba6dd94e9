"""`hub-agent models`: what has to be downloaded once, and is kept in the data folder."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag
from hub_agent.cli.shell import talk
from hub_agent.errors import NotFoundError

if TYPE_CHECKING:
    from hub_agent.downloads.fetch import Progress

app = typer.Typer(no_args_is_help=True, help="Models: download, list, verify, remove.")

ModelArgument = Annotated[str, typer.Argument(help="Model, as `models list` prints it.")]


@app.command()
def add(
    model: ModelArgument,
    *,
    file: Annotated[
        Path | None, typer.Option(help="The published file, where there is no network.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Download a model, or make it of a file that is here."""
    _require_known(model)
    folder = _models_folder(config, make=True)
    path = _download(folder) if file is None else _make(file, folder)
    talk(f"{model} is ready: {path}")


@app.command("list")
def list_models(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """List the models there are, and which of them are here."""
    row = _speaker_row(_models_folder(config))
    size = f"here, {row['size_mb']} MB" if row["here"] else "not here"
    _print(row, f"{row['model']}  {size}  {row['use']}", as_json=as_json)


@app.command()
def verify(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Check that the models that are here are undamaged."""
    from voices.speaker.model import model_path, read_model

    folder = _models_folder(config)
    row = _speaker_row(folder)
    if not row["here"]:
        raise NotFoundError("no model is here", hint=f"hub-agent models add {row['model']}")
    read_model(model_path(folder))
    _print(row | {"undamaged": True}, f"{row['model']}  undamaged", as_json=as_json)


@app.command()
def remove(model: ModelArgument, config: ConfigOption = None) -> None:
    """Remove a model from the data folder; it is downloaded again when it is needed."""
    from voices.speaker.model import remove_model

    _require_known(model)
    if not remove_model(_models_folder(config)):
        raise NotFoundError(f"{model} is not here", hint="hub-agent models list")
    talk(f"{model} is removed")


def _print(row: Mapping[str, Any], line: str, *, as_json: bool) -> None:
    typer.echo(json.dumps([row]) if as_json else line)


def _require_known(model: str) -> None:
    from voices.speaker.model import NAME

    if model != NAME:
        raise NotFoundError(f"there is no model {model!r}", hint="hub-agent models list")


def _models_folder(config: Path | None, *, make: bool = False) -> Path:
    from hub_agent.paths import data_folder, make_data_folder, models_folder
    from hub_agent.settings.load import load_settings

    data_dir = data_folder(load_settings(config, env=os.environ).core.data_dir)
    return models_folder(make_data_folder(data_dir) if make else data_dir)


def _make(file: Path, folder: Path) -> Path:
    from voices.speaker.model import make_model

    if not file.is_file():
        raise NotFoundError(f"there is no file {file}", hint="hub-agent models add --help")
    return make_model(file, folder)


def _download(folder: Path) -> Path:
    import asyncio

    from hub_agent.downloads.speaker_model import ensure_speaker_model

    with _progress_shown("speaker-check") as progress:
        return asyncio.run(ensure_speaker_model(folder, progress=progress))


@contextmanager
def _progress_shown(what: str) -> "Iterator[Progress]":
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    bar = Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _speaker_row(folder: Path) -> dict[str, Any]:
    from voices.speaker.model import LICENCE, NAME, PROJECT, VERSION, model_path

    path = model_path(folder)
    here = path.exists()
    return {
        "model": NAME,
        "here": here,
        "size_mb": round(path.stat().st_size / 1e6, 1) if here else None,
        "source": f"{PROJECT} {VERSION}",
        "licence": LICENCE,
        "use": "recognises speakers when somebody enrols",
    }

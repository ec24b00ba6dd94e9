"""`hub-agent models`: what has to be fetched once, and is kept in the data folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub_agent.cli.byte_progress import byte_progress
from hub_agent.cli.gpt_sovits_pack import add_gpt_sovits
from hub_agent.cli.models_place import models_place
from hub_agent.cli.options import ConfigOption, JsonFlag
from hub_agent.cli.rows import print_rows
from hub_agent.cli.shell import talk
from hub_agent.errors import HubAgentError, NotFoundError, UsageError
from voices.errors import VoicesError

if TYPE_CHECKING:
    from hub_agent.models.catalogue import Model

app = typer.Typer(no_args_is_help=True, help="Models: add, list, verify, remove.")

GIGABYTE = 1_000_000_000
SourceArgument = Annotated[
    str,
    typer.Argument(
        help="speaker-check; the folder or archive (.tar, .zip) of a pack; the address of an "
        "archive or of a manifest.json; hf:owner/name[@revision][/folder] for published weights."
    ),
]
ModelArgument = Annotated[str, typer.Argument(help="Model, as `models list` prints it.")]


@app.command()
def add(
    source: SourceArgument,
    *,
    file: Annotated[
        Path | None,
        typer.Option(help="For speaker-check: the published file, where there is no network."),
    ] = None,
    max_gb: Annotated[
        float, typer.Option(help="The biggest model that is taken, in gigabytes.", min=0.001)
    ] = 8,
    config: ConfigOption = None,
) -> None:
    """Add a model; an interrupted download goes on with the same command."""
    from hub_agent.models.manifest import RESERVED_NAMES

    if source in RESERVED_NAMES:
        _add_speaker_check(file, config)
    elif file is not None:
        raise UsageError("--file goes with speaker-check only", hint="hub-agent models add --help")
    else:
        _add_pack(source, int(max_gb * GIGABYTE), config)


app.command("add-gpt-sovits")(add_gpt_sovits)


@app.command("list")
def list_models(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """List the models; whether every byte of them is right, only `verify` tells."""
    from hub_agent.models.catalogue import models_in

    rows = [model.row() for model in models_in(models_place(config))]
    print_rows(rows if as_json else [_in_words(row) for row in rows], as_json=as_json)


@app.command()
def verify(
    model: Annotated[str | None, typer.Argument(help="Model; without one, all.")] = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Check every byte of the models that are here."""
    from hub_agent.models.catalogue import model_named, models_in

    folder = models_place(config)
    asked = models_in(folder) if model is None else [model_named(model, folder)]
    here = [each for each in asked if each.is_here]
    if not here:
        raise NotFoundError("no model is here", hint=f"hub-agent models add {asked[0].name}")
    problems = {each.name: problem for each in here if (problem := _problem(each))}
    rows = [{**each.row(), "undamaged": each.name not in problems} for each in here]
    print_rows(rows if as_json else [_in_words(row) for row in rows], as_json=as_json)
    if problems:
        raise next(iter(problems.values()))


@app.command()
def remove(model: ModelArgument, config: ConfigOption = None) -> None:
    """Remove a model from the data folder."""
    from hub_agent.models.catalogue import model_named

    model_named(model, models_place(config)).remove()
    talk(f"{model} is removed")


def _add_pack(text: str, max_bytes: int, config: Path | None) -> None:
    from hub_agent.models.adding import Adding
    from hub_agent.models.sources import source_of
    from hub_agent.models.store import pack_store

    source = source_of(text)
    store = pack_store(models_place(config, make=True))
    with _interruption_told(), byte_progress() as steps:
        pack = Adding(store, steps, max_bytes=max_bytes).add(source)
    talk(f"{pack.manifest.name} is ready: {pack.folder}")


def _add_speaker_check(file: Path | None, config: Path | None) -> None:
    folder = models_place(config, make=True)
    with _interruption_told():
        path = _download(folder) if file is None else _make(file, folder)
    talk(f"speaker-check is ready: {path}")


def _download(folder: Path) -> Path:
    import asyncio

    from hub_agent.downloads.speaker_model import ensure_speaker_model

    with byte_progress() as steps:
        return asyncio.run(ensure_speaker_model(folder, progress=steps("downloading")))


def _make(file: Path, folder: Path) -> Path:
    from voices.speaker.model import make_model

    if not file.is_file():
        raise NotFoundError(f"there is no file {file}", hint="hub-agent models add --help")
    return make_model(file, folder)


def _problem(model: "Model") -> HubAgentError | VoicesError | None:
    try:
        with byte_progress() as steps:
            model.verify(steps(f"verifying {model.name}"))
    except (HubAgentError, VoicesError) as error:
        return error
    return None


def _in_words(row: Mapping[str, Any]) -> Mapping[str, Any]:
    states = {None: "not verified", True: "undamaged", False: "damaged"}
    return {
        "model": row["model"],
        "kind": row.get("kind"),
        "engine": row.get("engine"),
        "size": f"{row['size_mb']} MB" if row.get("size_mb") is not None else None,
        "licence": row.get("licence"),
        "state": states[row["undamaged"]] if row["here"] else "not here",
        "use": row.get("use"),
    }


@contextmanager
def _interruption_told() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        talk("stopped; with the same command a download goes on where it was")
        raise

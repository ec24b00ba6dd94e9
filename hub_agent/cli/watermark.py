"""The commands `watermark …`: recognising and proving what this hub said."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag

app = typer.Typer(no_args_is_help=True)


@app.command("detect")
def detect(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Audio or video files, or folders.", readable=False),
    ],
    *,
    as_json: JsonFlag = False,
    plot: Annotated[
        Path | None, typer.Option(help="Write a picture of what was found where (PNG).")
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(min=1, max=520, help="Look so many weeks back.", show_default="53"),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Look back to this day.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(help="Look only for what this family voice said.")
    ] = None,
    other_speeds: Annotated[
        bool,
        typer.Option(
            "--other-speeds/--no-other-speeds",
            help="Search audio too that was sped up, slowed down or pitched.",
        ),
    ] = True,
    level: Annotated[
        float, typer.Option(min=1e-12, max=0.01, help="False alarms allowed per file.")
    ] = 1e-6,
    decoys: Annotated[
        int,
        typer.Option(min=0, max=10_000, help="Compare with so many keys nobody has; slow."),
    ] = 0,
    config: ConfigOption = None,
) -> None:
    """Tell whether this hub said what is in a file: who, when, and where in the file.

    Exit code 1: some files cannot be read. 77: the vault is locked, only stock voices were looked
    for.
    """
    from hub_agent.cli import detecting

    options = detecting.DetectOptions(
        files=tuple(files),
        as_json=as_json,
        plot=plot,
        weeks=weeks,
        since=since,
        voice=voice,
        other_speeds=other_speeds,
        level=level,
        decoys=decoys,
        config=config,
    )
    detecting.detect_in_files(options)


@app.command("export-proof")
def export_proof(
    announcement: Annotated[str, typer.Argument(help="Id of the announcement.")],
    out: Annotated[Path, typer.Option(help="File to write; must not exist.")],
    config: ConfigOption = None,
) -> None:
    """Write what lets anybody check that this hub made one announcement, and nothing else."""
    from hub_agent.cli import proofs

    proofs.export_proof(announcement, out, config=config)


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="Audio or video file.", readable=False)],
    proof: Annotated[
        Path, typer.Argument(help="A file that `watermark export-proof` wrote.", readable=False)
    ],
    *,
    public_key: Annotated[
        str | None, typer.Option(metavar="HEX", help="The household's key, learnt elsewhere.")
    ] = None,
    level: Annotated[float, typer.Option(min=1e-12, max=0.01, help="False alarms allowed.")] = 1e-6,
    as_json: JsonFlag = False,
) -> None:
    """Check a proof against a file; needs no vault and no settings."""
    from hub_agent.cli import proofs

    proofs.check_proof(file, proof, public_key=public_key, level=level, as_json=as_json)

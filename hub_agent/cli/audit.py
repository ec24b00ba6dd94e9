"""The commands `audit …`: what was said in family voices, and whether the record is whole."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag

app = typer.Typer(no_args_is_help=True)


@app.command("log")
def log(
    *,
    since: Annotated[
        datetime | None, typer.Option(help="Only from this time on, like 2026-11-21.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(metavar="ID", help="Only of this voice; a withdrawn one's key.")
    ] = None,
    announcement: Annotated[
        str | None, typer.Option(metavar="ID", help="Only of this announcement.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Only what had exactly these words; they are not stored.")
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """List what was said in family voices, the newest last."""
    from hub_agent.cli import audit_listing

    wanted = audit_listing.Wanted(since=since, voice=voice, announcement=announcement, text=text)
    audit_listing.log(wanted, as_json=as_json, config=config)


@app.command("verify")
def verify(
    *,
    head: Annotated[
        str | None,
        typer.Option(metavar="SEQ:HASH", help="A head that was noted before; it must be in it."),
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Verify every line; needs no key, but with the key it also knows whose log it is."""
    from hub_agent.cli import audit_verifying

    audit_verifying.verify(head, as_json=as_json, config=config)


@app.command("accept")
def accept(config: ConfigOption = None) -> None:
    """Let family voices speak again after an older copy of the data was put back.

    It stays on record: a signed line tells that lines are lost, and from which number on.
    """
    from hub_agent.cli import audit_accepting

    audit_accepting.accept(config=config)


@app.command("export")
def export(
    out: Annotated[Path, typer.Option(help="File to write; must not exist.")],
    config: ConfigOption = None,
) -> None:
    """Write all of it in the clear, with what lets anybody verify it."""
    from hub_agent.cli import audit_export

    audit_export.export(out, config=config)

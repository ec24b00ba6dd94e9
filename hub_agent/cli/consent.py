"""The commands `consent …`: what people agreed to, and changing it."""

from typing import Annotated

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag
from hub_agent.cli.voices import (
    AttestedBy,
    BirthYear,
    HoursOption,
    Purposes,
    Until,
    VoiceId,
    YesFlag,
)

app = typer.Typer(no_args_is_help=True)


@app.command("show")
def show(voice_id: VoiceId, as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Show what a person agreed to, in their words."""
    from hub_agent.cli import agreements

    agreements.show(voice_id, as_json=as_json, config=config)


@app.command("log")
def log(
    voice_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only of this voice.")
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """List what the ledger recorded; it names nobody."""
    from hub_agent.cli import agreements

    agreements.log(voice_id, as_json=as_json, config=config)


@app.command("verify")
def verify(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Verify the ledger's chain and every signature in it."""
    from hub_agent.cli import agreements

    agreements.verify(as_json=as_json, config=config)


@app.command("renew")
def renew(
    voice_id: VoiceId,
    *,
    attested_by: AttestedBy = None,
    relationship: Annotated[str | None, typer.Option(help="Who agrees; none: as before.")] = None,
    purposes: Purposes = None,
    rooms: Annotated[str | None, typer.Option(help="Rooms, by commas; none: as before.")] = None,
    hours: HoursOption = None,
    senders: Annotated[str | None, typer.Option(help="Senders; none: as before.")] = None,
    until: Until = None,
    birth_year: BirthYear = None,
    config: ConfigOption = None,
) -> None:
    """Agree anew: for longer, or to more. The person must be asked."""
    from hub_agent.cli import agreements

    agreements.renew(
        voice_id,
        agreements.Changes(
            attested_by=attested_by,
            relationship=relationship,
            purposes=purposes,
            rooms=rooms,
            hours=hours,
            senders=senders,
            until=until.date() if until else None,
            birth_year=birth_year,
        ),
        config=config,
    )


@app.command("limit")
def limit(
    voice_id: VoiceId,
    *,
    purposes: Purposes = None,
    rooms: Annotated[str | None, typer.Option(help="Rooms, by commas; none: as before.")] = None,
    hours: HoursOption = None,
    senders: Annotated[str | None, typer.Option(help="Senders; none: as before.")] = None,
    until: Until = None,
    config: ConfigOption = None,
) -> None:
    """Agree to less from now on; never to more, so anybody of the household may do it."""
    from hub_agent.cli import agreements

    agreements.limit(
        voice_id,
        agreements.Changes(
            purposes=purposes,
            rooms=rooms,
            hours=hours,
            senders=senders,
            until=until.date() if until else None,
        ),
        config=config,
    )


@app.command("revoke")
def revoke(voice_id: VoiceId, yes: YesFlag = False, config: ConfigOption = None) -> None:
    """Withdraw consent: the voice falls silent at once and is destroyed for good."""
    from hub_agent.cli import members

    members.revoke(voice_id, yes=yes, config=config)

"""The command `hub-agent`.

Only the names and options of the commands live here; what they do is imported when one is run,
so that help, completion and `--version` come at once.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hub_agent import __version__
from hub_agent.cli.audit import app as audit_app
from hub_agent.cli.config import app as config_app
from hub_agent.cli.consent import app as consent_app
from hub_agent.cli.greetings import app as greetings_app
from hub_agent.cli.home_assistant import app as home_assistant_app
from hub_agent.cli.lean import load_logs_without_rich, use_one_thread_for_mathematics
from hub_agent.cli.models import app as models_app
from hub_agent.cli.options import ConfigOption, JsonFlag
from hub_agent.cli.shell import errors_shown
from hub_agent.cli.vault import app as vault_app
from hub_agent.cli.voices import app as voices_app
from hub_agent.cli.watermark import app as watermark_app


class RootGroup(TyperGroup):
    """Shows the errors of every command the same way."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with errors_shown():
            return super().invoke(ctx)


app = typer.Typer(
    cls=RootGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The voice of the home: announcements spoken at once, on the hub itself.",
)
app.add_typer(voices_app, name="voices")
app.add_typer(consent_app, name="consent", help="Consent: what people agreed to.")
app.add_typer(audit_app, name="audit", help="What was said in family voices.")
app.add_typer(greetings_app, name="greetings", help="What the hub says at a time of day.")
app.add_typer(vault_app, name="vault", help="The encrypted vault of your family's voices.")
app.add_typer(watermark_app, name="watermark", help="Recognise what this hub said, and prove it.")
app.add_typer(config_app, name="config", help="Settings: show, check, explain.")
app.add_typer(models_app, name="models", help="Models: download, list, verify, remove.")
app.add_typer(home_assistant_app, name="home-assistant", help="The integration it comes with.")


def main() -> None:
    """Entry point of the command line."""
    use_one_thread_for_mathematics()
    app(prog_name="hub-agent")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hub-agent {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """The voice of the home: announcements spoken at once, on the hub itself."""


@app.command()
def run(config: ConfigOption = None) -> None:
    """Run the agent: listen for announcements and speak them until told to stop."""
    load_logs_without_rich()
    from hub_agent.cli.run import run as run_command

    run_command(config)


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="What to say; - reads standard input.")],
    *,
    voice: Annotated[str | None, typer.Option(help="Voice, as `voices list` prints it.")] = None,
    engine: Annotated[str | None, typer.Option(help="Engine, as `engines` prints it.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text (BCP 47).")] = None,
    purpose: Annotated[
        str, typer.Option(help="announcements, greetings, assistant, toys or stories.")
    ] = "announcements",
    stock_fallback: Annotated[
        bool | None,
        typer.Option(
            help="Let a stock voice speak where a family voice may not.",
            show_default="as the settings say",
        ),
    ] = None,
    audible_label: Annotated[
        str,
        typer.Option(
            help="Say that the speech is synthetic: none, rhythm or spoken; "
            "never less than the settings demand."
        ),
    ] = "none",
    priority: Annotated[str, typer.Option(help="low, normal, high or critical.")] = "normal",
    room: Annotated[list[str] | None, typer.Option(help="Room; may be given again.")] = None,
    sink: Annotated[
        str | None, typer.Option(help="A room, or device or null for this call only.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help="File instead of sound: .wav, .mp3, .flac, .ogg or .opus; "
            "- writes raw PCM to stdout."
        ),
    ] = None,
    c2pa: Annotated[
        bool, typer.Option("--c2pa", help="Sign the file of --out with content credentials.")
    ] = False,
    sample_rate: Annotated[
        int | None,
        typer.Option(min=8_000, max=192_000, help="Of --out (Hz); default: the engine's own."),
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Say something, through the running agent or without one."""
    load_logs_without_rich()
    from hub_agent.cli.say import SayOptions
    from hub_agent.cli.say import say as say_command

    options = SayOptions(
        text=text,
        voice=voice,
        engine=engine,
        language=language,
        purpose=purpose,
        stock_fallback=stock_fallback,
        audible_label=audible_label,
        priority=priority,
        rooms=tuple(room or ()),
        sink=sink,
        out=out,
        c2pa=c2pa,
        sample_rate=sample_rate,
        as_json=as_json,
        config=config,
    )
    say_command(options)


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for the WAV file of the demonstration.")
    ] = Path(),
) -> None:
    """Show all of it: a broker, an agent, an announcement over MQTT, and sound."""
    from hub_agent.cli.demo import demo as demo_command

    demo_command(out)


@app.command()
def doctor(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Check everything speech needs, and say how to mend what is broken."""
    from hub_agent.cli.doctor import doctor as doctor_command

    doctor_command(config, as_json=as_json)


@app.command()
def token(
    *,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make another; programs that have the old one are out.")
    ] = False,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Print the token that programs on the network must show."""
    from hub_agent.cli import network

    network.token(config, renew=renew, as_json=as_json)


@app.command()
def pair(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Let the next program that asks have the token: Home Assistant, for example."""
    from hub_agent.cli import network

    network.pair(config, as_json=as_json)


@app.command()
def devices(as_json: JsonFlag = False) -> None:
    """List the loudspeakers of this machine."""
    from hub_agent.cli import listings

    listings.print_devices(as_json=as_json)


@app.command()
def engines(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """List the speech engines."""
    from hub_agent.cli import listings

    listings.print_engines(as_json=as_json, config=config)

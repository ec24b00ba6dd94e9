"""The commands `vault …`: where family voices are kept."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hub_agent.cli.options import ConfigOption, JsonFlag

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File that holds the passphrase; else it is asked for."),
]
SLOT_NAMES: Final = {"keyfile": "key file", "recovery": "recovery code"}
KEYS: Final = ("keyfile", "passphrase", "credential")

app = typer.Typer(no_args_is_help=True)


@app.command("init")
def init(
    *,
    key: Annotated[
        str, typer.Option(help="What opens it: keyfile, passphrase or credential.")
    ] = "keyfile",
    recovery: Annotated[
        bool, typer.Option("--recovery", help="Print a recovery code as well.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    as_json: JsonFlag = False,
    config: ConfigOption = None,
) -> None:
    """Make the vault; enrolling does it by itself, with a key file."""
    from hub_agent.cli.opened_vault import VaultAccess
    from voices.vault.slots import RecoveryCode

    access = VaultAccess(config)
    slots = [_slot(access, key, passphrase_file)]
    code = RecoveryCode.generate() if recovery else None
    household = access.create([*slots, *([code] if code else [])])
    shown: dict[str, Any] = {"slots": [slot.type.value for slot in household.slots()]}
    if key == "keyfile":
        shown["key_file"] = str(access.key_file)
    if code is not None:
        shown["recovery_code"] = code.text
    _print(shown, as_json=as_json)


@app.command("unlock")
def unlock(passphrase_file: PassphraseFile = None, config: ConfigOption = None) -> None:
    """Open the vault in the running agent, until it ends or `vault lock`."""
    import asyncio

    from hub_agent.cli.opened_vault import VaultAccess, ask_passphrase
    from hub_agent.cli.shell import talk
    from hub_agent.control.client import ControlClient
    from hub_agent.errors import UnavailableError

    access = VaultAccess(config)
    access.open()
    client = ControlClient(access.data_dir)
    if not asyncio.run(client.running()):
        raise UnavailableError("no agent is running that could use it", hint="hub-agent run")
    passphrase = ask_passphrase("Passphrase of the vault", file=passphrase_file)
    asyncio.run(client.unlock(passphrase))
    talk("unlocked: the family voices can speak")


@app.command("lock")
def lock(config: ConfigOption = None) -> None:
    """Wipe keys and voices from the running agent's memory."""
    import asyncio

    from hub_agent.cli.opened_vault import VaultAccess
    from hub_agent.cli.shell import talk
    from hub_agent.control.client import ControlClient

    asyncio.run(ControlClient(VaultAccess(config).data_dir).lock())
    talk("locked: only stock voices speak now")


@app.command("rotate")
def rotate(
    *,
    new_passphrase: Annotated[
        bool, typer.Option("--new-passphrase", help="Change or set the passphrase as well.")
    ] = False,
    passphrase_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", help="File that holds the new one.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Take new keys: older copies of the data folder cannot be opened with the new ones."""
    from hub_agent.cli.opened_vault import VaultAccess, ask_new_passphrase
    from hub_agent.cli.shell import talk

    household = VaultAccess(config).unlocked()
    if new_passphrase or passphrase_file is not None:
        household.change_passphrase(ask_new_passphrase("New passphrase", file=passphrase_file))
    unreplaced = household.rotate()
    talk("the vault has new keys")
    _warn_of_copies(slot.type.value for slot in unreplaced)


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
    passphrase_file: PassphraseFile = None,
    config: ConfigOption = None,
) -> None:
    """Write everything into one file that a passphrase of its own opens."""
    from hub_agent.cli.opened_vault import VaultAccess, ask_new_passphrase, file_errors
    from hub_agent.cli.shell import talk
    from hub_agent.errors import UsageError
    from voices.errors import VaultExistsError

    household = VaultAccess(config).unlocked()
    with file_errors(file):
        if file.exists():
            raise VaultExistsError(f"{file} is there already", hint="name another file")
        if not file.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {file.parent}", hint="make it first")
    household.backup(file, ask_new_passphrase("Passphrase for the backup", file=passphrase_file))
    talk(f"{file}: destroy it when a voice in it is withdrawn; restoring it revives nobody")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `vault backup` wrote.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the vault that is there.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    config: ConfigOption = None,
) -> None:
    """Bring a backup back. Who has withdrawn since stays withdrawn."""
    from hub_agent.cli.opened_vault import VaultAccess, ask_passphrase
    from hub_agent.cli.shell import talk
    from hub_agent.paths import audit_anchor, make_data_folder
    from voices.restoring import restore as restore_backup
    from voices.vault.slots import KeyFile, Passphrase

    access = VaultAccess(config)
    make_data_folder(access.data_dir)
    restored = restore_backup(
        access.vault,
        access.ledger,
        file,
        Passphrase(ask_passphrase("Passphrase of the backup", file=passphrase_file)),
        [KeyFile(access.key_file)],
        replace_present=replace,
    )
    talk(f"restored {restored.voices} voices; {restored.withdrawn} stay withdrawn")
    if restored.suspended:
        talk("this is a new hub: each person must agree again (hub-agent consent renew ID)")
    if access.unlocked().audit(audit_anchor(access.key_file)).accept_rollback():
        talk("the audit log ends with the backup, which a signed line of it tells")


@app.command("check")
def check(as_json: JsonFlag = False, config: ConfigOption = None) -> None:
    """Verify every byte of vault, ledger and audit log, and name what is wrong."""
    from hub_agent.cli.opened_vault import VaultAccess
    from hub_agent.cli.shell import talk
    from hub_agent.errors import ExitCode
    from hub_agent.paths import audit_anchor
    from voices.audit_check import check_household_audit
    from voices.errors import VaultDamagedError

    access = VaultAccess(config)
    try:
        household = access.open()
        access.try_unlock(household)
    except VaultDamagedError as error:
        if as_json:
            row = {"file": "vault", "reason": error.reason, "message": str(error)}
            typer.echo(json.dumps({"unlocked": False, "findings": [row]}))
        raise
    anchor = audit_anchor(access.key_file)
    findings = [*household.check(), *check_household_audit(household, anchor)]
    if as_json:
        rows = [{"file": f.file, "reason": f.reason, "message": f.message} for f in findings]
        typer.echo(json.dumps({"unlocked": household.unlocked, "findings": rows}))
    for finding in () if as_json else findings:
        typer.echo(f"{finding.file}: {finding.message}")
    if findings:
        raise typer.Exit(int(ExitCode.BAD_DATA))
    if not as_json:
        how = "" if household.unlocked else ", as far as that goes while it is locked"
        talk(f"vault, ledger and audit log are sound{how}")


def _slot(access: Any, key: str, passphrase_file: Path | None) -> Any:
    from hub_agent.cli.opened_vault import ask_new_passphrase
    from hub_agent.errors import UsageError
    from voices.vault.slots import Credential, KeyFile

    match key:
        case "keyfile":
            return KeyFile(access.key_file)
        case "passphrase":
            return ask_new_passphrase("Passphrase for the vault", file=passphrase_file)
        case "credential":
            return Credential(access.settings.core.vault.credential)
    raise UsageError("there is no such kind of key", hint="--key " + ", ".join(KEYS))


def _warn_of_copies(kinds: Iterable[str]) -> None:
    from hub_agent.cli.shell import talk

    named = " or ".join(sorted(SLOT_NAMES.get(kind, kind) for kind in set(kinds)))
    if named:
        talk(f"older copies of the data folder still open with the {named}: destroy such copies")


def _print(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(shown))
        return
    for key, value in shown.items():
        text = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{key.replace('_', ' ')}: {text}")

"""The command `audit verify`."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from shlex import join
from typing import Final

import typer

from hub_agent.cli.log_progress import log_progress
from hub_agent.cli.opened_vault import VaultAccess
from hub_agent.cli.shell import talk
from hub_agent.errors import ExitCode, UsageError
from hub_agent.paths import audit_anchor, audit_folder
from voices.audit.rollback import OLDER
from voices.audit.verify import verify_audit
from voices.audit_check import verify_household_audit
from voices.consent.ledger_chain import Flaw
from voices.consent.ledger_events import EventType
from voices.consent.ledger_finding import Finding
from voices.consent.ledger_line import Head, Line
from voices.errors import NoVaultError, VaultDamagedError
from voices.household import Household
from voices.vault.faults import disk_faults

ACCEPT: Final = "hub-agent audit accept"


def verify(noted: str | None, *, as_json: bool, config: Path | None) -> None:
    """Verify the audit log and print its head; exit code 1 when it is not what was written."""
    expected = None if noted is None else _head(noted)
    access = VaultAccess(config)
    log = _Log()
    with log_progress("verifying", audit_folder(access.data_dir)) as read:

        def seen(line: Line) -> None:
            read(line.raw)
            log.add(line)

        findings, is_ours = _verified(access, expected, seen)
    if as_json:
        rows = [
            {"file": f.file, "line": f.line, "reason": f.flaw, "message": f.text} for f in findings
        ]
        accepted = [line.event.seq for line in log.accepted]
        said = {"findings": rows, "head": log.head, "household": is_ours, "accepted": accepted}
        typer.echo(json.dumps(said))
    else:
        _print(findings, log, is_ours=is_ours)
        if findings and expected is None:
            talk(_way_out(findings, audit_folder(access.data_dir)))
    if findings:
        raise typer.Exit(int(ExitCode.FAILED))


class _Log:
    """What of the lines that were read is told: the last one, and which accepted a rollback."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.accepted: list[Line] = []

    def add(self, line: Line) -> None:
        """Take note of the next line."""
        self.line = line
        if line.event.type is EventType.AUDIT_ACCEPTED:
            self.accepted.append(line)

    @property
    def head(self) -> str | None:
        """What to note elsewhere."""
        return None if self.line is None else f"{self.line.head.seq}:{self.line.head.hash}"


def _verified(
    access: VaultAccess, expected: Head | None, seen: Callable[[Line], object]
) -> tuple[list[Finding], bool]:
    """What is wrong, and whether it is known whose key must have signed."""
    anchor = audit_anchor(access.key_file)
    household = _household(access)
    if household is not None:
        found = verify_household_audit(household, anchor, expected_head=expected, seen=seen)
        return found, household.unlocked
    folder = audit_folder(access.data_dir)
    with disk_faults(folder):
        found = verify_audit(
            folder, anchor=anchor, secret=None, expected_head=expected, root_key=None, seen=seen
        )
    return found, False


def _household(access: VaultAccess) -> Household | None:
    """The vault, open if nobody need be asked; None where there is none that can be read."""
    try:
        household = access.open()
        access.try_unlock(household)
    except (NoVaultError, VaultDamagedError):
        return None
    return household


def _print(findings: list[Finding], log: _Log, *, is_ours: bool) -> None:
    for finding in findings:
        typer.echo(str(finding))
    for line in log.accepted:
        talk(_gap(line))
    if findings:
        talk(f"the audit log is not what was written: {len(findings)} findings")
    elif log.head is None:
        talk("nothing was ever said in a family voice")
    else:
        whose = "" if is_ours else ", by a key that the locked vault cannot confirm"
        talk(f"the audit log is what was written{whose}; note its head elsewhere:")
    if log.head is not None:
        typer.echo(log.head)


def _gap(line: Line) -> str:
    """What a line tells that accepted a rollback."""
    event = line.event
    through = event.body.get("through")
    lost = "an unknown number of lines" if through is None else f"older lines up to {through}"
    when = f"{event.at.astimezone():%Y-%m-%d %H:%M}"
    return f"on {when} somebody with the key accepted that {lost} were lost (line {event.seq})"


def _way_out(findings: list[Finding], folder: Path) -> str:
    """What an honest household types next."""
    if all(finding.text == OLDER or finding.flaw is Flaw.ANCHOR for finding in findings):
        return f"if you put back an older copy yourself, go on from it: {ACCEPT}"
    aside = join(["mv", str(folder), f"{folder}.old"])
    return f"to keep it as evidence and begin anew: {aside} && {ACCEPT}"


def _head(text: str) -> Head:
    found = re.fullmatch(r"(\d{1,15}):([0-9a-f]{64})", text, re.ASCII)
    if found is None:
        raise UsageError(
            "this is no head of an audit log", hint="--head SEQ:HASH, as verify prints it"
        )
    return Head(seq=int(found[1]), hash=found[2])

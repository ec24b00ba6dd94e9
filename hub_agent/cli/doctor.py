"""The command `doctor`: everything speech needs, checked, with how to mend it."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import typer

from hub_agent.cli.checkup import Check, Status, failed, ok
from hub_agent.cli.checkup_computing import check_computing
from hub_agent.cli.checkup_family import check_audit, check_family
from hub_agent.cli.checkup_machine import (
    check_clock,
    check_disk,
    check_permissions,
    check_python,
)
from hub_agent.cli.checkup_mark import check_mark
from hub_agent.cli.checkup_peers import check_agent, check_broker
from hub_agent.cli.checkup_speech import check_audio, check_engine, check_family_engines
from hub_agent.cli.quiet import log_only_errors
from hub_agent.errors import ExitCode, HubAgentError
from hub_agent.paths import data_folder
from hub_agent.settings.load import load_settings
from hub_agent.settings.settings import Settings

COLOURS: Final = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}


def doctor(config: Path | None, *, as_json: bool) -> None:
    """Check, print, and exit with 1 if anything failed."""
    log_only_errors()
    checks = examine(config)
    if as_json:
        typer.echo(json.dumps(_report(checks), ensure_ascii=False))
    else:
        _print_table(checks)
    if any(check.status is Status.FAIL for check in checks):
        raise typer.Exit(int(ExitCode.FAILED))


def examine(config: Path | None) -> list[Check]:
    """All checks, in the order in which to mend."""
    settings, of_settings = _check_settings(config)
    data_dir = data_folder(settings.core.data_dir)
    checks: Sequence[Callable[[], Check]] = (
        check_python,
        lambda: of_settings,
        check_clock,
        lambda: check_disk(data_dir),
        lambda: check_permissions(data_dir),
        lambda: check_engine(settings.core, data_dir),
        lambda: check_family_engines(settings.core, data_dir),
        lambda: check_computing(settings.core),
        lambda: check_mark(settings.core, data_dir),
        lambda: check_audio(settings.core),
        lambda: check_family(settings.core.vault, data_dir),
        lambda: check_audit(settings.core.vault, data_dir),
        lambda: check_broker(settings),
        lambda: check_agent(data_dir),
    )
    return [check() for check in checks]


def _check_settings(config: Path | None) -> tuple[Settings, Check]:
    """The settings, or the defaults so that the other checks have something to go by."""
    try:
        settings = load_settings(config, env=os.environ)
    except HubAgentError as error:
        return Settings(), failed("settings", str(error), "hub-agent config check")
    return settings, ok("settings", f"{settings.path or 'the defaults, no file'}")


def _report(checks: Sequence[Check]) -> dict[str, object]:
    fine = all(check.status is not Status.FAIL for check in checks)
    return {"ok": fine, "checks": [asdict(check) for check in checks]}


def _print_table(checks: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for check in checks:
        state = Text(check.status.value, style=COLOURS[check.status])
        table.add_row(state, Text(check.check), Text(check.what))
        if check.mend:
            table.add_row("", "", Text(f"→ {check.mend}", style="cyan"))
    Console().print(table)

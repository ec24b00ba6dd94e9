"""The command `audit log`."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer

from hub_agent.cli.log_progress import log_progress
from hub_agent.cli.opened_vault import VaultAccess
from hub_agent.cli.rows import WIDE_COLUMNS
from hub_agent.cli.shell import talk
from hub_agent.errors import UsageError
from hub_agent.labels.label import shown
from hub_agent.paths import audit_anchor
from voices.audit.entries import AuditedUtterance
from voices.audit.log import AuditLog
from voices.errors import VoiceNotFoundError
from voices.household import Household
from voices.members import enrolled

_KEY: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which utterances; None: any. `since` is local time."""

    since: datetime | None
    voice: str | None
    announcement: str | None = field(repr=False)
    text: str | None = field(repr=False)


def log(wanted: Wanted, *, as_json: bool, config: Path | None) -> None:
    """Print the utterances that are wanted, the newest last."""
    access = VaultAccess(config)
    household = access.unlocked()
    names = voice_names(household)
    audit = household.audit(audit_anchor(access.key_file))
    is_wanted = _filter(audit, wanted, names)
    rows = []
    with log_progress("reading", household.audit_folder) as read:
        for utterance in audit.utterances():
            read(utterance.line + (utterance.ended_line or b""))
            if is_wanted(utterance):
                rows.append(_row(utterance, names))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    elif rows:
        _print_table(rows)
    else:
        talk("nothing of that kind was said in a family voice")


def voice_names(household: Household) -> dict[str, str]:
    """The ids of the voices by key; a voice that was withdrawn has none."""
    return {member.key: member.id for member in enrolled(household.members().values())}


def _filter(
    audit: AuditLog, wanted: Wanted, names: Mapping[str, str]
) -> Callable[[AuditedUtterance], bool]:
    key = None if wanted.voice is None else _key_of(wanted.voice, names)
    try:
        mac = None if wanted.text is None else audit.text_mac(wanted.text)
        since = None if wanted.since is None else wanted.since.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            "--since is no time of this era, or --text no proper text",
            hint="hub-agent audit log --since 2026-11-21",
        ) from None

    def is_wanted(utterance: AuditedUtterance) -> bool:
        begun, ended = utterance.begun, utterance.ended
        return (
            (since is None or begun.at >= since)
            and key in (None, begun.voice)
            and wanted.announcement in (None, begun.announcement_id)
            and mac in (None, ended and ended.text_mac)
        )

    return is_wanted


def _key_of(voice: str, names: Mapping[str, str]) -> str:
    """The key of a voice that is named by its id, or by the key itself."""
    for key, name in names.items():
        if voice == name:
            return key
    if _KEY.fullmatch(voice):
        return voice
    raise VoiceNotFoundError("there is no such family voice", hint="hub-agent voices list --family")


def _row(utterance: AuditedUtterance, names: Mapping[str, str]) -> dict[str, Any]:
    begun, ended = utterance.begun, utterance.ended
    return {
        "number": utterance.number,
        "payload": f"{int(utterance.payload):08x}",
        "at": begun.at.astimezone().isoformat(),
        "announcement_id": begun.announcement_id,
        "voice": names.get(begun.voice, begun.voice),
        "purpose": begun.purpose.value,
        "sender": begun.sender,
        "room": begun.room,
        "outcome": ended.outcome if ended else None,
        "reason": ended.reason if ended else None,
        "duration_s": ended.duration_ms / 1000 if ended else None,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("number", "at", "voice", "purpose", "room", "sender", "outcome", "s", box=None)
    for row in rows:
        outcome = " ".join(filter(None, (row["outcome"] or "never ended", row["reason"])))
        lasted = "" if row["duration_s"] is None else f"{row['duration_s']:.1f}"
        cells = (
            str(row["number"]),
            row["at"][:19].replace("T", " "),
            *(shown(row[key]) for key in ("voice", "purpose", "room", "sender")),
            outcome,
            lasted,
        )
        table.add_row(*map(Text, cells))
    Console(width=None if sys.stdout.isatty() else WIDE_COLUMNS).print(table)

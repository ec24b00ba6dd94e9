"""The command `audit export`."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from hub_agent.cli.audit_listing import voice_names
from hub_agent.cli.log_progress import log_progress
from hub_agent.cli.opened_vault import VaultAccess, file_errors
from hub_agent.cli.shell import talk
from hub_agent.paths import audit_anchor
from voices.audit.log import AuditLog
from voices.consent.ledger_events import EventType
from voices.consent.ledger_line import Line
from voices.durable import PRIVATE_FILE_MODE
from voices.household import Household

FORMAT: Final = "hub-agent audit export 1"
HOW: Final = (
    "Each row has a line of the log as it was signed. sig: Ed25519 by public_key over the words "
    "'hub-agent audit line', a zero byte and the bytes of the line before ',\"sig\":'. prev: the "
    "SHA-256 of the whole line before. said is what the line says, sealed: key opens the bytes "
    "after the first 32 of sealed (AES-256-GCM, nonce zero, bound to type)."
)
_SEALED: Final = (EventType.SPEECH_BEGUN, EventType.SPEECH_ENDED)


def export(out: Path, *, config: Path | None) -> None:
    """Write the log in the clear into a new private file."""
    access = VaultAccess(config)
    household = access.unlocked()
    audit = household.audit(audit_anchor(access.key_file))
    with _new_private(out) as file, log_progress("writing", household.audit_folder) as read:
        file.write(_json(_header(household, audit)))
        for line in audit.lines():
            file.write(_json(_row(audit, line)))
            read(line.raw)
    talk(f"{out} tells in the clear what was said when and where, though not the words")


@contextmanager
def _new_private(out: Path) -> Iterator[TextIO]:
    """A new file for its owner alone; what was not finished does not stay."""
    with file_errors(out):
        fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                yield file
        except BaseException:
            out.unlink()
            raise


def _header(household: Household, audit: AuditLog) -> dict[str, Any]:
    head = audit.head
    return {
        "format": FORMAT,
        "how": HOW,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "public_key": household.signing_key().public.hex(),
        "head": None if head is None else f"{head.seq}:{head.hash}",
        "voices": voice_names(household),
    }


def _row(audit: AuditLog, line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {"number": line.event.seq, "type": line.event.type.value}
    if line.event.type in _SEALED:
        row |= {"said": audit.content(line), "key": audit.key_of(line.raw).hex()}
    return row | {"line": line.raw.decode("ascii")}


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"

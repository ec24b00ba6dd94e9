"""Whether anybody changed, removed, moved or added a line of the audit log.

Nothing of this needs the vault's key but the check that the anchor itself is ours.
"""

from collections.abc import Callable
from pathlib import Path

from voices.audit.anchor import Anchor
from voices.audit.rollback import ENDS_WITHOUT_ANCHOR, NO_ANCHOR, OLDER
from voices.consent.ledger_chain import Flaw
from voices.consent.ledger_events import Book, EventType
from voices.consent.ledger_finding import Finding
from voices.consent.ledger_folder import LedgerFolder
from voices.consent.ledger_line import Head, Line
from voices.consent.ledger_verify import KnownHead, verify_book
from voices.durable import DiskFiles, Files
from voices.errors import LedgerDamagedError


def verify_audit(
    folder: Path,
    files: Files | None = None,
    *,
    anchor: Path | None,
    secret: bytes | None,
    expected_head: Head | None,
    root_key: bytes | None,
    seen: Callable[[Line], object] = lambda _line: None,
) -> list[Finding]:
    """Read all of the log; what is wrong with it, each with file and line.

    `root_key` is the household's public key: with it the log must begin, or end. `seen` is told of
    every line. Without `secret` a forged anchor is taken for ours. Raises OSError when a file
    cannot be read.
    """
    files = files or DiskFiles()
    known = [] if expected_head is None else [KnownHead(expected_head)]
    about_anchor: list[Finding] = []
    anchored: Head | None = None
    if anchor is not None:
        try:
            anchored = Anchor(anchor, files, secret).read()
        except LedgerDamagedError:
            about_anchor = [_about(anchor, "it was changed, or belongs to another vault")]
    if anchored is not None:
        known.append(KnownHead(anchored, OLDER))
    ended = _Count()

    def look(line: Line) -> None:
        ended.add(line)
        seen(line)

    findings = verify_book(LedgerFolder(folder, files), known, root_key, Book.AUDIT, look)
    if (
        anchor is not None
        and anchored is None
        and not about_anchor
        and ended.number > ENDS_WITHOUT_ANCHOR
    ):
        about_anchor = [_about(anchor, NO_ANCHOR)]
    return [*findings, *about_anchor]


class _Count:
    """How many utterances ended."""

    def __init__(self) -> None:
        self.number = 0

    def add(self, line: Line) -> None:
        self.number += line.event.type is EventType.SPEECH_ENDED


def _about(anchor: Path, text: str) -> Finding:
    return Finding(file=anchor.name, line=1, flaw=Flaw.ANCHOR, text=text)

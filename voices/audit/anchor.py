"""How far the audit log had come, in a file outside the data: an older copy of the log shows.

The file holds the head and a MAC of it, so that nobody can write one that fits a shorter log.
Whoever can put back an older file as well goes unnoticed: for that, note a head elsewhere.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voices.consent.canonical import canonical
from voices.consent.ledger_line import Head
from voices.durable import Files
from voices.errors import LedgerDamagedError
from voices.vault.crypto import derive, mac, same
from voices.vault.faults import disk_faults

_LARGEST_BYTES: Final = 1024
_USE: Final = "audit.anchor"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The file at `path`; `secret` is the audit log's, None where it is not at hand."""

    path: Path
    files: Files
    secret: bytes | None

    def read(self) -> Head | None:
        """The head; None where there is no file. Raises LedgerDamagedError for a changed one.

        Without the secret the MAC cannot be checked.
        """
        try:
            raw = json.loads(self.files.read(self.path, _LARGEST_BYTES))
            head = Head(seq=int(raw["seq"]), hash=str(raw["hash"]))
            is_ours = self.secret is None or same(str(raw["mac"]), _mac(self.secret, head))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            is_ours, head = False, None
        if not is_ours:
            raise LedgerDamagedError(
                f"{self.path} was changed, or belongs to another vault",
                hint="hub-agent audit verify",
                reason="audit_anchor_changed",
            )
        return head

    def write(self, head: Head) -> None:
        """Put this head in the place of what the file says. Needs the secret; raises VaultError."""
        if self.secret is None:
            raise ValueError("an anchor is written with the secret")
        said = {"seq": head.seq, "hash": head.hash, "mac": _mac(self.secret, head)}
        with disk_faults(self.path.parent):
            self.files.make_folder(self.path.parent)
            self.files.write(self.path, canonical(said) + b"\n")


def _mac(secret: bytes, head: Head) -> str:
    key = derive(secret, _USE, salt=b"")
    return mac(key, canonical({"seq": head.seq, "hash": head.hash}))

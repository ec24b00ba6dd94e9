"""The audit log: two signed lines for each utterance in a family voice, sealed for the household.

It is a ledger of its own, so whoever has the public key can verify it, and only the vault's key
opens what the lines say. The line of the beginning is not forced to the disk, which would delay the
voice: the kernel keeps it when this process is killed, and a power cut that takes it ends the
sound as well. The line of the end is, and all before it with it. Should a number be used again
after such a cut, week, start phase and time still tell the two utterances apart.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

from voices.audit.anchor import Anchor
from voices.audit.entries import AuditedUtterance, Begun, Ended, text_mac
from voices.audit.rollback import find_rollback
from voices.audit.sealing import line_key, open_body, sealed_body
from voices.consent.ledger import Head, Ledger
from voices.consent.ledger_events import Book, EventType
from voices.consent.ledger_line import Line, read_line
from voices.consent.ledger_reader import verify_hint
from voices.consent.signing import SigningKey
from voices.consent.times import utc_now
from voices.durable import DiskFiles, Files
from voices.errors import LedgerDamagedError
from voices.vault.crypto import BadSealError
from voices.vault.faults import disk_faults
from voices.vault.lock import writing

ROTATE_AT_BYTES: Final = 64 * 1024
"""Some forty utterances: old ones go by whole files, and the last two are read when opening."""


class AuditLog:
    """The audit log in a folder; thread-safe, and processes take turns in writing."""

    def __init__(
        self,
        ledger: Ledger,
        folder: Path,
        *,
        secret: bytes,
        text_key: bytes,
        signer: SigningKey,
        anchor: Anchor | None,
        files: Files,
    ) -> None:
        self._ledger = ledger
        self._folder = folder
        self._secret = secret
        self._text_key = text_key
        self._signer = signer
        self._anchor = anchor
        self._files = files
        self._lock = Lock()
        self._is_checked = False

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        secret: bytes,
        text_key: bytes,
        signer: SigningKey,
        anchor: Path | None,
        files: Files | None = None,
        now: Callable[[], datetime] = utc_now,
        rotate_at_bytes: int = ROTATE_AT_BYTES,
    ) -> "AuditLog":
        """The log in `folder`, where nothing needs to be yet and nothing is changed.

        Raises LedgerDamagedError where its last two files are; `verify_audit` tells about all.
        """
        files = files or DiskFiles()
        with disk_faults(folder):
            ledger = Ledger.open(
                folder, files, now=now, rotate_at_bytes=rotate_at_bytes, book=Book.AUDIT
            )
        return cls(
            ledger,
            folder,
            secret=secret,
            text_key=text_key,
            signer=signer,
            anchor=None if anchor is None else Anchor(anchor, files, secret),
            files=files,
        )

    @property
    def head(self) -> Head | None:
        """The last line; None when nothing was ever said."""
        return self._ledger.head

    def text_mac(self, text: str) -> str:
        """What stands for a text in the log."""
        return text_mac(self._text_key, text)

    def begin(self, begun: Begun) -> int:
        """Record that an utterance begins; its number, of which the mark holds 24 bits.

        It outlives this process; on the disk it is with the next `end`. Raises LedgerDamagedError,
        also after a rollback, until that is accepted, and VaultError when it cannot be written.
        """
        body = sealed_body(self._secret, EventType.SPEECH_BEGUN, begun.to_json())
        with self._turn():
            return self._ledger.append_soon(EventType.SPEECH_BEGUN, body, self._signer).seq

    def end(self, number: int, ended: Ended) -> None:
        """Record what became of utterance `number`; on the disk on return, then the anchor."""
        content = {"number": number, **ended.to_json()}
        body = sealed_body(self._secret, EventType.SPEECH_ENDED, content)
        with self._turn():
            self._ledger.append(EventType.SPEECH_ENDED, body, self._signer)
            self._drop_anchor()

    def rotate_key(self, new: SigningKey) -> None:
        """Let `new` sign from now on; both keys sign that."""
        with self._turn():
            self._ledger.rotate_key(self._signer, new)
            self._signer = new
            self._drop_anchor()

    def prune(self, before: datetime) -> int:
        """Remove old files that hold nothing of `before` or later; how many entries went.

        A signed line says so first, then the anchor is moved, and only then the files go.
        """
        with self._turn():
            pruning = self._ledger.announce_pruning(before, self._signer)
            if pruning is None:
                return 0
            self._drop_anchor()
            self._ledger.remove_pruned(pruning)
            return pruning.entries

    def accept_rollback(self) -> bool:
        """Go on although lines are lost, in a signed line that tells; False where none are.

        Raises LedgerDamagedError where the lines that are there are damaged, too.
        """
        with self._writing():
            rollback = find_rollback(self._ledger, self._anchor) if self._anchor else None
            if rollback is not None:
                self._ledger.append(EventType.AUDIT_ACCEPTED, rollback.body(), self._signer)
                self._drop_anchor()
            self._is_checked = True
            return rollback is not None

    def lines(self) -> Iterator[Line]:
        """Every line as it was signed; raises LedgerDamagedError at what is broken."""
        return self._ledger.lines()

    def content(self, line: Line) -> dict[str, Any]:
        """What a line says that is sealed. Raises LedgerDamagedError where the key is not its."""
        event = line.event
        try:
            return open_body(line_key(self._secret, event.body), event.type, event.body)
        except BadSealError as error:
            raise _damaged(line, "was sealed by another vault") from error

    def key_of(self, raw: bytes) -> bytes:
        """The key that opens this line and no other; to be given away with it as a proof."""
        return line_key(self._secret, read_line(raw).event.body)

    def utterances(self) -> Iterator[AuditedUtterance]:
        """What was said, in the order in which it began; read twice, a file in memory at a time.

        An end whose beginning was pruned is left out. Raises LedgerDamagedError.
        """
        numbers = set(self._ended_numbers())
        waiting: dict[int, AuditedUtterance] = {}
        for line in self.lines():
            if line.event.type is EventType.SPEECH_BEGUN:
                waiting[line.event.seq] = self._begun(line)
            elif line.event.type is EventType.SPEECH_ENDED:
                self._join(line, waiting)
            while waiting and _is_known(first := next(iter(waiting.values())), numbers):
                yield waiting.pop(first.number)
        yield from waiting.values()

    def _ended_numbers(self) -> Iterator[int]:
        for line in self.lines():
            if line.event.type is EventType.SPEECH_ENDED:
                yield int(self.content(line)["number"])

    def _begun(self, line: Line) -> AuditedUtterance:
        try:
            begun = Begun.from_json(self.content(line))
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(line, "cannot be understood") from error
        return AuditedUtterance(number=line.event.seq, begun=begun, line=line.raw)

    def _join(self, line: Line, waiting: dict[int, AuditedUtterance]) -> None:
        content = self.content(line)
        try:
            number, ended = int(content.pop("number")), Ended.from_json(content)
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(line, "cannot be understood") from error
        begun = waiting.get(number)
        if begun is not None:
            waiting[number] = AuditedUtterance(
                number=number,
                begun=begun.begun,
                line=begun.line,
                ended=ended,
                ended_line=line.raw,
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Be the only writer, of a log that is as new as it was."""
        with self._writing():
            self._require_not_older()
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, disk_faults(self._folder):
            self._files.make_folder(self._folder)
            with writing(self._folder):
                yield

    def _require_not_older(self) -> None:
        if not self._is_checked and self._anchor is not None:
            rollback = find_rollback(self._ledger, self._anchor)
            if rollback is not None:
                raise rollback.error
        self._is_checked = True

    def _drop_anchor(self) -> None:
        if self._anchor is not None and self._ledger.head is not None:
            self._anchor.write(self._ledger.head)


def _is_known(utterance: AuditedUtterance, ended_numbers: set[int]) -> bool:
    """Whether nothing more will be read of it."""
    return utterance.ended is not None or utterance.number not in ended_numbers


def _damaged(line: Line, why: str) -> LedgerDamagedError:
    return LedgerDamagedError(
        f"line {line.event.seq} of the audit log {why}", hint=verify_hint(Book.AUDIT)
    )

"""Vault and ledger as one thing: what is committed in the one is recorded in the other.

A change names its ledger events inside the vault's own commit; only then are they appended to the
ledger. A power cut between the two leaves events that are promised: whoever opens the vault next
appends them, once.
"""

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self, TypeAlias

from voices.audit.log import AuditLog
from voices.consent.ledger import Head, Ledger, verify_ledger
from voices.consent.ledger_events import Body, Event, EventType
from voices.consent.ledger_folder import ledger_files
from voices.consent.policy import CarePermit, Permit
from voices.consent.record import ConsentRecord, SignedRecord
from voices.consent.signing import SigningKey
from voices.consent.standing import Standing, follow
from voices.durable import DiskFiles, Files, leftovers
from voices.errors import (
    LedgerDamagedError,
    VaultBusyError,
    VaultError,
    VaultLockedError,
    VoicesError,
)
from voices.followed import Followed
from voices.household_document import (
    Document,
    Promise,
    View,
    add_promises,
    forget_promises,
    head_in,
    new_document,
    promised_in,
    signer_in,
    write_head,
)
from voices.members import Member, enrolled
from voices.payload import Payload
from voices.phrase_files import PhraseFiles
from voices.phrases import Phrases, owner_of
from voices.vault.check import Finding
from voices.vault.faults import disk_faults
from voices.vault.lock import writing
from voices.vault.parts import Part, new_id
from voices.vault.slots import Passphrase, SlotInfo, SlotSecret
from voices.vault.store import Store
from voices.vault.transaction import Transaction

AUDIT_SECRET: Final = "audit"  # noqa: S105 - the name of a key
_TEXT_KEY: Final = "ledger.text-hmac"
AUDIT_FOLDER: Final = "audit"
"""The audit log lies beside the ledger."""
_PHRASES: Final = "phrases"
"""The folder of what was said, beside the ledger, and the use of its keys."""

Change: TypeAlias = Callable[[Transaction], Sequence[Promise]]
"""Changes the vault inside a transaction and says what the ledger must record of it."""


class Household:
    """The voices of one home. Thread-safe; several processes may use one folder."""

    def __init__(self, store: Store, ledger_folder: Path, files: Files) -> None:
        self._store = store
        self._ledger_folder = ledger_folder
        self._files = files
        self._opened_ledger: Ledger | None = None
        self._audits: dict[Path | None, AuditLog] = {}
        self._followed = Followed(ledger_folder)
        self._lock = threading.RLock()
        self._view: View | None = None

    @classmethod
    def create(
        cls,
        vault: Path,
        ledger: Path,
        slots: Sequence[SlotSecret],
        *,
        files: Files | None = None,
    ) -> Self:
        """A new, empty and unlocked vault with its ledger. Raises `VaultExistsError`."""
        files = files or DiskFiles()
        store = Store.create(vault, slots, document=new_document(), files=files)
        household = cls(store, ledger, files)
        created = Promise(EventType.VAULT_CREATED, {"vault_id": store.vault_id})
        household.commit(lambda _tx: [created])
        return household

    @classmethod
    def open(cls, vault: Path, ledger: Path, *, files: Files | None = None) -> Self:
        """The vault that is there, locked. Raises `NoVaultError`, `VaultDamagedError`."""
        files = files or DiskFiles()
        return cls(Store.open(vault, files=files), ledger, files)

    @property
    def unlocked(self) -> bool:
        """Whether anything personal can be read."""
        return self._store.unlocked

    @property
    def hub_id(self) -> str:
        """The random id of this hub, as consent records name it."""
        return self._look().hub_id

    def unlock(self, secret: SlotSecret) -> None:
        """Open with a secret of one of the slots, and record what a power cut left unrecorded.

        Raises `WrongSecretError`; nothing is changed then. What cannot be recorded now, because the
        ledger is damaged, the disk full or somebody else writing, stays promised.
        """
        with self._lock:
            self._store.unlock(secret)
            self._view = self._opened_ledger = None
            self._followed = Followed(self._ledger_folder)
            self._keep_promises()

    def lock(self) -> None:
        """Wipe every key."""
        with self._lock:
            self._store.lock()
            self._view = None
            self._audits.clear()

    def stamp(self) -> Hashable:
        """Changes with every commit of any process; costs microseconds."""
        return self._store.stamp()

    def members(self) -> Mapping[str, Member]:
        """Everybody, also those whose voice was revoked, by key. Raises `VaultLockedError`."""
        return self._look().members

    def standing(self, key: str) -> Standing | None:
        """How it stands with a member's consent, by the ledger and by what is promised to it.

        Raises `LedgerDamagedError`. Following a promised event again is harmless.
        """
        with self._lock:
            view = self._look()
            recorded = self._recorded(view.signing_key, view.head)
            found = {key: recorded[key]} if key in recorded else {}
            for event in view.promised:
                follow(found, event)
            return found.get(key)

    def consent(self, member: Member) -> ConsentRecord:
        """The record in force. Raises `ConsentRefusedError` when it is not what was signed."""
        signed = SignedRecord.from_json(member.consents[member.consent_id])
        signed.verify(self.signing_key().public)
        return signed.record

    def parts(self, key: str, kind: str) -> tuple[Part, ...]:
        """What is sealed for a voice."""
        return self._store.parts(key, kind)

    def read(self, part: Part, permit: Permit | CarePermit) -> Payload:
        """Open a sealed part of the voice that `permit` is for."""
        _require_made_by_policy(permit)
        return self._store.read(part, permit)

    @contextmanager
    def phrases(self, part: Part, permit: Permit) -> Iterator[Phrases]:
        """What was said with a part of the voice that `permit` is for, while entered."""
        _require_made_by_policy(permit)
        with self._store.part_key(part, permit, _PHRASES) as key:
            yield Phrases(self.phrase_files, part, key, lambda: part in self._speaking())

    @property
    def phrase_files(self) -> PhraseFiles:
        """What was said, sealed: beside the ledger."""
        return PhraseFiles(self._ledger_folder.with_name(_PHRASES), self._files)

    def phrases_bytes(self, member: Member) -> int:
        """How much is kept of what a voice said."""
        owners = {owner_of(part) for part in self._speaking() if part.voice_id == member.key}
        return self.phrase_files.size(owners)

    def sweep_phrases(self) -> None:
        """Remove what was said with anything that no voice speaks with now."""
        self.phrase_files.keep_only({owner_of(part) for part in self._speaking()})

    def subkey(self, use: str) -> bytes:
        """32 secret bytes for one use, the same for the life of the vault."""
        return self._store.subkey(use)

    def signing_key(self) -> SigningKey:
        """What signs consents and the ledger."""
        return self._look().signing_key

    @property
    def audit_folder(self) -> Path:
        """Where the audit log lies."""
        return self._ledger_folder.with_name(AUDIT_FOLDER)

    def audit(self, anchor: Path | None) -> AuditLog:
        """The audit log; `anchor` is the file that remembers its end, apart from the data.

        Raises `VaultLockedError`, `LedgerDamagedError`.
        """
        with self._lock:
            if anchor not in self._audits:
                self._audits[anchor] = AuditLog.open(
                    self.audit_folder,
                    secret=self.subkey(AUDIT_SECRET),
                    text_key=self.subkey(_TEXT_KEY),
                    signer=self.signing_key(),
                    anchor=anchor,
                    files=self._files,
                )
            return self._audits[anchor]

    def commit(self, change: Change, *, even_unrecorded: bool = False) -> Transaction:
        """Make a change and record it: all of it or nothing, also when the power fails.

        With `even_unrecorded` a damaged ledger does not stand in the way: the events stay promised
        until it is mended. That is for withdrawals, which nothing may hinder.
        """
        with self._lock:
            with self._store.transaction() as tx:
                self._record_promised(tx.document, even_unrecorded=even_unrecorded)
                add_promises(tx.document, change(tx))
            self._view = None
            with suppress(VoicesError):
                self.sweep_phrases()
            self._record(tx.document, even_unrecorded=even_unrecorded)
            return tx

    def slots(self) -> tuple[SlotInfo, ...]:
        """What opens the vault."""
        return self._store.slots()

    def add_slot(self, secret: SlotSecret) -> SlotInfo:
        """Let one more secret open the vault."""
        with self._lock:
            return self._store.add_slot(secret)

    def remove_slot(self, slot_id: str) -> None:
        """Let a secret open the vault no longer; the last one stays."""
        with self._lock:
            self._store.remove_slot(slot_id)

    def change_passphrase(self, new: Passphrase) -> None:
        """Replace the passphrase, or set the first one."""
        with self._lock:
            self._store.change_passphrase(new)

    def rotate(self) -> tuple[SlotInfo, ...]:
        """Take new keys, so that older copies of the folder stay shut.

        Returns the slots whose own secret stayed the same: with those an older copy still opens.
        """

        def change(tx: Transaction) -> list[Promise]:
            tx.rotate()
            vault_id = self._store.vault_id
            body: Body = {"vault_id": vault_id, "generation": tx.generation}
            return [Promise(EventType.VAULT_KEY_CHANGED, body)]

        return self.commit(change).unreplaced

    def check(self) -> list[Finding]:
        """Everything that is wrong with vault and ledger, each file named.

        A locked vault is checked as far as that goes without its key.
        """
        return [*self._store.check(), *self.check_ledger()]

    def check_ledger(self) -> list[Finding]:
        """Everything that is wrong with the ledger; needs no key."""
        view = self._look() if self._store.unlocked else None
        root, reached = (view.signing_key.public, view.head) if view else (None, None)
        flaws = verify_ledger(self._ledger_folder, self._files, reached, root)
        folder = self._ledger_folder.name
        if not ledger_files(self._ledger_folder, self._files):
            return [Finding(folder, "missing", f"there is no ledger in {self._ledger_folder}")]
        return [Finding(f"{folder}/{flaw.file}", flaw.flaw, str(flaw)) for flaw in flaws]

    def events(self) -> Iterator[Event]:
        """What the ledger recorded, in order. Raises `LedgerDamagedError`."""
        return self._ledger.events()

    def backups_made(self) -> bool:
        """Whether the ledger knows of a backup."""
        return any(event.type is EventType.BACKUP_MADE for event in self._ledger.events())

    def backup(self, out: Path, passphrase: Passphrase) -> None:
        """Write everything into one encrypted file. The ledger records that there is a copy.

        The copy of the ledger ends before that record, so that the one at home is always longer.
        """
        voices = len(self._store.voice_ids())

        def change(tx: Transaction) -> list[Promise]:
            body: Body = {"backup_id": new_id(), "generation": tx.generation, "voices": voices}
            return [Promise(EventType.BACKUP_MADE, body)]

        with self._lock, disk_faults(out.parent):
            self._keep_promises()
            logs = ledger_files(self._ledger_folder, self._files)
            for name, data in ledger_files(self.audit_folder, self._files).items():
                logs[f"{AUDIT_FOLDER}/{name}"] = data
            self.commit(change)
            for leftover in leftovers(out, self._files):
                self._files.remove(leftover)
            self._store.backup(out, passphrase, extra=logs)

    @property
    def _ledger(self) -> Ledger:
        if self._opened_ledger is None:
            self._opened_ledger = Ledger.open(self._ledger_folder, self._files)
        return self._opened_ledger

    def _keep_promises(self) -> None:
        """Record what a power cut left unrecorded, if that can be done now."""
        if promised_in(self._store.document()):
            with suppress(LedgerDamagedError, VaultError):
                self.commit(lambda _tx: [])

    def _record_promised(self, document: Document, *, even_unrecorded: bool) -> None:
        """What could not be recorded stays promised."""
        try:
            self._recorded(signer_in(document), head_in(document))
            self._settle(document)
            self._recorded(signer_in(document), head_in(document))
        except (LedgerDamagedError, VaultError):
            if not even_unrecorded:
                raise
        else:
            write_head(document, self._followed.head)
            forget_promises(document)

    def _record(self, document: Document, *, even_unrecorded: bool) -> None:
        """Record a change that is made; a writer who comes between does it for us."""
        try:
            with disk_faults(self._store.folder), writing(self._store.folder):
                self._settle(document)
        except VaultBusyError:
            return
        except VaultError as error:
            if not even_unrecorded:
                raise VaultError(
                    "the change is made, but the ledger does not know of it yet",
                    hint="hub-agent vault check",
                    reason="not_recorded",
                ) from error
        except LedgerDamagedError:
            if not even_unrecorded:
                raise

    def _settle(self, document: Document) -> None:
        signer = signer_in(document)
        with disk_faults(self._ledger_folder):
            for promise in promised_in(document):
                kind, body = EventType(promise["type"]), promise["body"]
                event = self._ledger.append_once(promise["event_id"], kind, body, signer)
                if event is not None:
                    self._followed.add(event, self._ledger.head)

    def _recorded(self, signer: SigningKey, reached: Head | None) -> Mapping[str, Standing]:
        num_known = reached.seq if reached else 0
        with disk_faults(self._ledger_folder):
            return self._followed.standings(self._ledger, signer.public, num_known)

    def _speaking(self) -> set[Part]:
        """The parts of all voices as they are now."""
        return {
            part
            for member in enrolled(self.members().values())
            for part in self._store.parts(member.key)
            if member.version.parts.get(part.kind) == part.version
        }

    def _look(self) -> View:
        with self._lock:
            stamp = self._store.stamp()
            if self._view is None or self._view.stamp != stamp:
                if not self._store.unlocked:
                    raise locked()
                self._view = View.of(self._store.document(), stamp)
            return self._view


def _require_made_by_policy(permit: Permit | CarePermit) -> None:
    if not isinstance(permit, Permit | CarePermit):
        raise TypeError("only voices.consent.policy makes permits")


def locked() -> VaultLockedError:
    """The error of everything that needs an unlocked vault."""
    return VaultLockedError("the vault is locked", hint="hub-agent vault unlock")

"""Speaking in the voice of a family member: the one way to voice data, and consent stands in it."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from voices.audit.entries import NUMBERS, Begun
from voices.consent.policy import Permit, Use, permit
from voices.errors import (
    ConsentRefusedError,
    VoiceNotFoundError,
    VoicesError,
    WrongSecretError,
)
from voices.household import Household
from voices.marked_utterance import MarkedUtterance
from voices.members import Member, MemberState, enrolled
from voices.payload import Payload
from voices.phrases import Phrases
from voices.vault.header import HEADER_NAME
from voices.vault.parts import Part
from voices.vault.slots import SlotSecret
from voices.voice import Voice, VoiceId, VoiceKind
from voices.watermark.embedder import Marker, Strength
from voices.watermark.hub_key import STOCK_SLOT
from voices.watermark.issue import VERSION, UtteranceMark, place
from voices.watermark.keys import epoch_of, family_key
from voices.watermark.payload import Payload32

WATERMARK: Final = "wm.master"
"""The vault's subkey that the keys of the watermark come from."""

DATA_KIND: Final = "data."
"""Voice data of an engine is sealed under this and the engine's name."""

Secrets: TypeAlias = Callable[[], list[SlotSecret]]
"""What may open the vault without asking anybody."""


@dataclass(frozen=True, slots=True)
class FamilyVoice:
    """The voice of a person, under a key that stays when it is renamed."""

    key: str
    voice: Voice = field(repr=False)


@dataclass(slots=True)
class _Opened:
    """Voice data in memory, and who is speaking with it."""

    payload: Payload
    used_at: float
    users: int = 0
    condemned: bool = False


class FamilyVoices:
    """Who can speak here, and only what they agreed to. Thread-safe.

    A vault that is made, changed or withdrawn from by another process is noticed at the next
    call. Without a vault there are simply no voices; while it is locked everything raises
    `VaultLockedError`. `anchor` is the file that remembers the end of the audit log, apart from
    the data.
    """

    def __init__(
        self,
        vault: Path,
        ledger: Path,
        *,
        anchor: Path,
        secrets: Secrets,
        wipe_after_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vault = vault
        self._ledger = ledger
        self._anchor = anchor
        self._secrets = secrets
        self._wipe_after_s = wipe_after_s
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._household: Household | None = None
        self._keep_locked = False
        self._opened: dict[Part, _Opened] = {}

    def there(self) -> bool:
        """Whether there is a vault at all."""
        return (self._vault / HEADER_NAME).exists()

    def locked(self) -> bool:
        """Whether there is a vault that nobody has opened."""
        household = self._find_household()
        return household is not None and not household.unlocked

    def unlock(self, secret: SlotSecret) -> None:
        """Open the vault for this process. Raises `WrongSecretError`, `NoVaultError`."""
        with self._lock:
            household = self._household or Household.open(self._vault, self._ledger)
            household.unlock(secret)
            self._household, self._keep_locked = household, False

    def lock(self) -> None:
        """Wipe keys and voices from memory; only `unlock` opens the vault again."""
        with self._lock:
            self._keep_locked = True
            if self._household is not None:
                self._household.lock()
            self._condemn(lambda _part: True)

    def stamp(self) -> Hashable:
        """Changes with everything that can change what is permitted; costs microseconds."""
        household = self._household
        if household is None or not household.unlocked:
            return None
        return household.stamp()

    def voices(self) -> tuple[Voice, ...]:
        """Everybody enrolled; nobody while the vault is locked."""
        household = self._find_household()
        if household is None or not household.unlocked:
            return ()
        return tuple(_voice(member) for member in enrolled(household.members().values()))

    def find(self, wanted: str) -> FamilyVoice | None:
        """The voice of that id, name or key, None when nobody is called so.

        Somebody who withdrew is found too, so that whoever asks is told so.
        """
        household = self._find_household()
        if household is None:
            return None
        called = [m for m in household.members().values() if m.called(wanted)]
        member = min(called, key=lambda m: m.state is MemberState.REVOKED, default=None)
        return None if member is None else FamilyVoice(member.key, _voice(member))

    def check(self, key: str, use: Use) -> None:
        """Raise `ConsentRefusedError` unless the person agreed to this use."""
        self._permit(key, use)

    def permits(self, wanted: str, use: Use) -> bool:
        """Whether the person of that id, name or key agreed to this use."""
        try:
            person = self.find(wanted)
            if person is not None:
                self.check(person.key, use)
        except VoicesError:
            return False
        return person is not None

    @contextmanager
    def open_voice(self, key: str, engine: str, use: Use) -> Iterator[Payload]:
        """The voice data for `engine`, while entered; consent is asked here, each time.

        Raises `ConsentRefusedError`, `VaultLockedError`, `VoiceNotFoundError`, `VaultDamagedError`.
        """
        household, member, permission = self._permit(key, use)
        part = _part(household, member, engine)
        opened = self._take(household, part, permission)
        try:
            yield opened.payload
        finally:
            self._give_back(opened)

    @contextmanager
    def open_phrases(self, key: str, engine: str, use: Use) -> Iterator[Phrases]:
        """What the voice said by `engine`, while entered; consent is asked here, each time.

        To be opened before the voice: should that be changed in between, nothing is kept. Raises
        like `open_voice`.
        """
        household, member, permission = self._permit(key, use)
        with household.phrases(_part(household, member, engine), permission) as phrases:
            yield phrases

    def tidy_phrases(self, *, max_bytes: int) -> None:
        """Remove what was said by voices that are gone, and what is too much."""
        household = self._household
        if household is not None:
            household.phrase_files.bound(max_bytes)
            with suppress(VoicesError):
                household.sweep_phrases()

    def begin(
        self,
        key: str,
        use: Use,
        *,
        announcement_id: str,
        sample_rate: int,
        strength: Strength,
        sameness: bytes | None = None,
    ) -> MarkedUtterance:
        """Begin an utterance in this voice: its mark is recorded before anything can be heard.

        `sameness` is what determines its samples, beside the voice; None while that is not known.

        Nothing may be heard of the voice but what went through the marker. Raises
        `VaultLockedError`, `VoiceNotFoundError`, `LedgerDamagedError`, `VaultError`.
        """
        household = self._find_household()
        if household is None:
            raise _unknown()
        slot = list(household.members()).index(key) % STOCK_SLOT
        week = family_key(household.subkey(WATERMARK), epoch_of(use.at))
        phase = place(week, None if sameness is None else key.encode() + sameness)
        audit = household.audit(self._anchor)
        line = audit.begin(
            Begun(
                announcement_id=announcement_id,
                voice=key,
                slot=slot,
                purpose=use.purpose,
                sender=use.sender,
                room=use.room,
                epoch=week.epoch,
                start_phase=phase,
                at=use.at,
            )
        )
        payload = Payload32(VERSION, slot, line % NUMBERS)
        marker = Marker(week, payload, sample_rate, phase, strength)
        return MarkedUtterance(marker, UtteranceMark(payload, week.epoch, phase), week, audit, line)

    def consent_ends(self, at: datetime) -> list[datetime]:
        """When the consents end that have not yet, the first one first."""
        household = self._find_household()
        if household is None or not household.unlocked:
            return []
        members = enrolled(household.members().values())
        records = [household.consent(member) for member in members]
        return sorted(record.scope.until for record in records if record.scope.until > at)

    def prune_audit(self, before: datetime) -> int:
        """Forget what was said before that, as far as whole files hold nothing else; the entries.

        Raises `LedgerDamagedError`, `VaultError`.
        """
        household = self._find_household()
        if household is None or not household.unlocked:
            return 0
        return household.audit(self._anchor).prune(before)

    def wipe_idle(self) -> None:
        """Wipe voices from memory that are gone from the vault, or were not used for a while."""
        with self._lock:
            household = self._household
            if household is not None and household.unlocked:
                self._condemn(lambda part: not _is_in(household, part))
            self._wipe()

    def _permit(self, key: str, use: Use) -> tuple[Household, Member, Permit]:
        household = self._find_household()
        if household is None:
            raise _unknown()
        member = household.members().get(key)
        if member is not None and member.state is MemberState.REVOKED:
            raise ConsentRefusedError("consent was withdrawn", reason="consent_revoked")
        standing = household.standing(key)
        if member is None or standing is None:
            raise _unknown()
        record = household.consent(member)
        return household, member, permit(key, record, standing, use)

    def _take(self, household: Household, part: Part, permission: Permit) -> _Opened:
        with self._lock:
            opened = self._opened.get(part)
            if opened is None:
                payload = household.read(part, permission)
                opened = self._opened[part] = _Opened(payload, self._monotonic())
            opened.users += 1
            return opened

    def _give_back(self, opened: _Opened) -> None:
        with self._lock:
            opened.users -= 1
            opened.used_at = self._monotonic()
        self.wipe_idle()

    def _condemn(self, gone: Callable[[Part], bool]) -> None:
        for part, opened in self._opened.items():
            opened.condemned |= gone(part)
        self._wipe()

    def _wipe(self) -> None:
        """Never under somebody who speaks: who is cut gives the voice back within a chunk."""
        long_ago = self._monotonic() - self._wipe_after_s
        for part, opened in tuple(self._opened.items()):
            if not opened.users and (opened.condemned or opened.used_at <= long_ago):
                del self._opened[part]
                opened.payload.wipe()

    def _find_household(self) -> Household | None:
        """The vault if there is one by now, opened if that needs nobody."""
        with self._lock:
            if self._household is None and self.there():
                self._household = Household.open(self._vault, self._ledger)
            household = self._household
            if household is not None and not household.unlocked and not self._keep_locked:
                self._open_unasked(household)
            return household

    def _open_unasked(self, household: Household) -> None:
        for secret in self._secrets():
            try:
                household.unlock(secret)
            except WrongSecretError:
                continue
            return
        self._keep_locked = True


def _is_in(household: Household, part: Part) -> bool:
    """Whether a vault that can be read still holds it."""
    try:
        return part in household.parts(part.voice_id, part.kind)
    except VoicesError:
        return False


def _part(household: Household, member: Member, engine: str) -> Part:
    kind = DATA_KIND + engine
    wanted = member.version.parts.get(kind)
    parts = household.parts(member.key, kind)
    found = next((part for part in parts if part.version == wanted), None)
    if found is None and wanted is not None:
        raise VoiceNotFoundError("this voice is no longer what it was", hint="try again")
    if found is None:
        raise VoiceNotFoundError(
            f"this voice was not made for engine {engine!r}",
            hint=f"hub-agent voices fit ID --engine {engine}",
            reason="no_voice_data",
        )
    return found


def _voice(member: Member) -> Voice:
    return Voice(
        id=VoiceId(member.id),
        name=member.name,
        languages=(member.language.lower(),),
        engine="embedded",
        kind=VoiceKind.FAMILY,
    )


def _unknown() -> VoiceNotFoundError:
    return VoiceNotFoundError("there is no such voice", hint="hub-agent voices list")

"""The vault as commands need it: opened with what is at hand, else with a passphrase asked for."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import Final

from hub_agent.cli.shell import talk
from hub_agent.errors import RefusedError, UsageError
from hub_agent.paths import (
    data_folder,
    ledger_folder,
    make_data_folder,
    vault_folder,
    vault_key_file,
)
from hub_agent.settings.load import load_settings
from hub_agent.settings.secret_file import read_secret
from hub_agent.voicing.family import secrets_at_hand
from voices.errors import NoVaultError, WrongSecretError
from voices.household import Household
from voices.vault.header import HEADER_NAME
from voices.vault.secret import harden_process
from voices.vault.slots import KeyFile, Passphrase, RecoveryCode, SlotSecret, SlotType

PASSPHRASE_FILE: Final = "HUB_AGENT_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
LEAST_PASSPHRASE_CHARS: Final = 10


@contextmanager
def file_errors(file: Path) -> Iterator[None]:
    """What the system says of a file that a person named, as an error of ours."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise UsageError(
            f"{file} cannot be used: {why}", hint="name a file in a folder that is there"
        ) from error


class VaultAccess:
    """Settings, folders and keys for one command."""

    def __init__(self, config: Path | None) -> None:
        harden_process()
        self.settings = load_settings(config, env=os.environ)
        self.data_dir = data_folder(self.settings.core.data_dir)
        self.key_file = vault_key_file(self.settings.core.vault.key_file)
        self._unlocked: Household | None = None

    @property
    def vault(self) -> Path:
        """The vault's folder."""
        return vault_folder(self.data_dir)

    @property
    def ledger(self) -> Path:
        """The ledger's folder."""
        return ledger_folder(self.data_dir)

    def vault_is_there(self) -> bool:
        """Whether somebody made one."""
        return (self.vault / HEADER_NAME).exists()

    def open(self) -> Household:
        """The vault as it is, perhaps locked. Raises `NoVaultError`."""
        return Household.open(self.vault, self.ledger)

    def unlocked(self) -> Household:
        """The vault, open: by key file or credential, else by a passphrase, asked for once."""
        if self._unlocked is None:
            household = self.open()
            if not self.try_unlock(household):
                household.unlock(self._asked(household))
            self._unlocked = household
        return self._unlocked

    def unlocked_or_new(self) -> Household:
        """The vault, open; a new one with a key file where there is none."""
        try:
            return self.unlocked()
        except NoVaultError:
            household = self.create([KeyFile(self.key_file)])
            talk(f"made a vault; its key is {self.key_file}: keep a copy of that, apart from this")
            return household

    def create(self, slots: list[SlotSecret]) -> Household:
        """A new vault. Raises `VaultExistsError`."""
        make_data_folder(self.data_dir)
        return Household.create(self.vault, self.ledger, slots)

    def try_unlock(self, household: Household) -> bool:
        """Open with key file or credential, without asking anybody."""
        for secret in secrets_at_hand(self.settings.core.vault):
            try:
                household.unlock(secret)
            except WrongSecretError:
                continue
            return True
        return False

    def _asked(self, household: Household) -> SlotSecret:
        kinds = {slot.type for slot in household.slots()}
        if not kinds & {SlotType.PASSPHRASE, SlotType.RECOVERY}:
            raise RefusedError(
                f"the key of the vault is not at hand: {self.key_file}",
                hint="put the key file back, or restore a backup: hub-agent vault restore FILE",
                reason="no_key",
            )
        return secret_from(ask_passphrase("Passphrase or recovery code of the vault"))


def secret_from(text: str) -> SlotSecret:
    """What a person typed: a recovery code if it looks like one, else a passphrase."""
    try:
        return RecoveryCode(text)
    except WrongSecretError:
        return Passphrase(text)


def ask_passphrase(prompt: str, *, file: Path | None = None) -> str:
    """From a file, the file that the environment names, or the terminal. Never shown."""
    named = os.environ.get(PASSPHRASE_FILE)
    source = file or (Path(named) if named else None)
    if source is not None:
        return read_secret(None, source, env=os.environ) or ""
    if not sys.stdin.isatty():
        raise UsageError(
            "a passphrase is needed, and there is no terminal to ask on",
            hint=f"--passphrase-file FILE, or {PASSPHRASE_FILE}=FILE",
        )
    return getpass(f"{prompt}: ", stream=sys.stderr)


def ask_new_passphrase(prompt: str, *, file: Path | None = None) -> Passphrase:
    """A new one, typed twice, not too short."""
    first = ask_passphrase(prompt, file=file)
    if len(first) < LEAST_PASSPHRASE_CHARS:
        raise UsageError(
            f"a passphrase has at least {LEAST_PASSPHRASE_CHARS} characters",
            hint="four words that do not belong together are good",
        )
    asked = file is None and not os.environ.get(PASSPHRASE_FILE)
    if asked and first != getpass("Once more: ", stream=sys.stderr):
        raise UsageError("the two passphrases differ", hint="try again")
    return Passphrase(first)

"""The family voices of a data folder, and what may open them without asking anybody."""

import os
from collections.abc import Mapping
from pathlib import Path

from hub_agent.paths import audit_anchor, ledger_folder, vault_folder, vault_key_file
from hub_agent.settings.secret_file import CREDENTIALS_VARIABLE
from hub_agent.settings.trust import VaultSettings
from voices.family import FamilyVoices
from voices.vault.slots import Credential, KeyFile, SlotSecret


def family_voices(settings: VaultSettings, data_dir: Path) -> FamilyVoices:
    """The family voices of `data_dir`; nothing is opened before somebody asks."""
    return FamilyVoices(
        vault_folder(data_dir),
        ledger_folder(data_dir),
        anchor=audit_anchor(vault_key_file(settings.key_file)),
        secrets=lambda: secrets_at_hand(settings),
        wipe_after_s=settings.wipe_after_s,
    )


def secrets_at_hand(
    settings: VaultSettings, *, env: Mapping[str, str] = os.environ
) -> list[SlotSecret]:
    """The service manager's credential and the key file, where they are there."""
    found: list[SlotSecret] = []
    folder = env.get(CREDENTIALS_VARIABLE)
    if folder and (Path(folder) / settings.credential).exists():
        found.append(Credential(settings.credential, Path(folder)))
    key_file = vault_key_file(settings.key_file, env=env)
    if key_file.exists():
        found.append(KeyFile(key_file))
    return found

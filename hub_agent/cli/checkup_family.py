"""The checks of what family voices need: vault, key, consents that go on, a whole audit log."""

from datetime import datetime
from pathlib import Path

from hub_agent.cli.checkup import Check, failed, ok, warn
from hub_agent.paths import audit_anchor, audit_folder, vault_key_file
from hub_agent.settings.trust import VaultSettings
from hub_agent.voicing.family import family_voices
from voices.audit.verify import verify_audit
from voices.consent.policy import ends_soon
from voices.errors import VoicesError
from voices.vault.faults import disk_faults


def check_family(settings: VaultSettings, data_dir: Path) -> Check:
    """Whether the enrolled voices can speak, today and in a fortnight."""
    try:
        family = family_voices(settings, data_dir)
        if not family.there():
            return ok("family", "nobody is enrolled yet")
        if family.locked():
            return warn("family", "the vault is locked", "hub-agent vault unlock")
        now = datetime.now().astimezone()
        ending = sum(ends_soon(end, now) for end in family.consent_ends(now))
        enrolled = len(family.voices())
    except VoicesError as error:
        return failed("family", str(error), error.hint or "hub-agent vault check")
    if ending:
        return warn(
            "family",
            f"{ending} of {enrolled} consents end within a fortnight",
            "hub-agent voices list --family, then hub-agent consent renew ID",
        )
    return ok("family", f"{enrolled} voices enrolled")


def check_audit(settings: VaultSettings, data_dir: Path) -> Check:
    """Whether what was said in family voices is recorded as it was written."""
    folder = audit_folder(data_dir)
    anchor = audit_anchor(vault_key_file(settings.key_file))
    try:
        with disk_faults(folder):
            found = verify_audit(
                folder, anchor=anchor, secret=None, expected_head=None, root_key=None
            )
    except VoicesError as error:
        return failed("audit", str(error), error.hint or "hub-agent audit verify")
    if found:
        return failed("audit", "the audit log is not what was written", "hub-agent audit verify")
    return ok("audit", "what was said in family voices is recorded as it was written")

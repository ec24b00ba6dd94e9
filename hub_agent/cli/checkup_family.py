"""The check of what family voices need: vault, key, consents that go on."""

from datetime import datetime
from pathlib import Path

from hub_agent.cli.checkup import Check, failed, ok, warn
from hub_agent.family import family_voices
from hub_agent.settings.trust import VaultSettings
from voices.errors import VoicesError


def check_family(settings: VaultSettings, data_dir: Path) -> Check:
    """Whether the enrolled voices can speak, today and in a fortnight."""
    try:
        family = family_voices(settings, data_dir)
        if not family.there():
            return ok("family", "nobody is enrolled yet")
        if family.locked():
            return warn("family", "the vault is locked", "hub-agent vault unlock")
        enrolled, ending = len(family.voices()), len(family.expiring(datetime.now().astimezone()))
    except VoicesError as error:
        return failed("family", str(error), error.hint or "hub-agent vault check")
    if ending:
        return warn(
            "family",
            f"{ending} of {enrolled} consents end within a fortnight",
            "hub-agent voices list --family, then hub-agent consent renew ID",
        )
    return ok("family", f"{enrolled} voices enrolled")

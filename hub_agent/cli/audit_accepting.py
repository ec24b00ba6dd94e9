"""The command `audit accept`: the way out after an older copy of the data was put back."""

from pathlib import Path

from hub_agent.cli.opened_vault import VaultAccess
from hub_agent.cli.shell import talk
from hub_agent.paths import audit_anchor


def accept(*, config: Path | None) -> None:
    """Let the audit log go on from where it is; needs the unlocked vault."""
    access = VaultAccess(config)
    if access.unlocked().audit(audit_anchor(access.key_file)).accept_rollback():
        talk("accepted, which a signed line of the audit log tells; a running agent: restart it")
    else:
        talk("nothing is missing from the audit log")

"""Whether a household's audit log is what was written; all that can be told while it is locked."""

from collections.abc import Callable
from pathlib import Path

from voices.audit.verify import verify_audit
from voices.consent.ledger_finding import Finding as LineFinding
from voices.consent.ledger_line import Head, Line
from voices.household import AUDIT_SECRET, Household
from voices.vault.check import Finding
from voices.vault.faults import disk_faults


def verify_household_audit(
    household: Household,
    anchor: Path | None,
    *,
    expected_head: Head | None = None,
    seen: Callable[[Line], object] = lambda _line: None,
) -> list[LineFinding]:
    """As `verify_audit`; unlocked, also whether log and anchor are this household's."""
    unlocked = household.unlocked
    with disk_faults(household.audit_folder):
        return verify_audit(
            household.audit_folder,
            anchor=anchor,
            secret=household.subkey(AUDIT_SECRET) if unlocked else None,
            expected_head=expected_head,
            root_key=household.signing_key().public if unlocked else None,
            seen=seen,
        )


def check_household_audit(household: Household, anchor: Path | None) -> list[Finding]:
    """The same as findings about files of the data folder."""
    folder = household.audit_folder.name
    flaws = verify_household_audit(household, anchor)
    return [Finding(f"{folder}/{flaw.file}", flaw.flaw, str(flaw)) for flaw in flaws]

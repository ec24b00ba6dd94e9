"""One check of a run, and all of them as a table."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether a check passed, and with which numbers."""

    check: str
    passed: bool
    detail: str


def findings_table(findings: Iterable[Finding]) -> Table:
    """The verdict for people."""
    table = Table(title="Verdict", title_justify="left")
    for column in ("check", "passed", "finding"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        passed = "[green]yes[/]" if finding.passed else "[red]no[/]"
        table.add_row(finding.check, passed, finding.detail)
    return table

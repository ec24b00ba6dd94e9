"""What is found to be wrong with a ledger, and where."""

from dataclasses import dataclass

from voices.consent.ledger_chain import Flaw
from voices.consent.ledger_folder import file_name
from voices.consent.ledger_walk import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a line of a file; lines count from 1.

    `Flaw.TORN` alone is no tampering: a power cut did it, and nothing acknowledged was lost.
    """

    file: str
    line: int
    flaw: Flaw
    text: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.text}"


def finding_of(step: Step) -> Finding | None:
    """What is wrong at a step, if anything."""
    if step.problem is None:
        return None
    return finding_at(step.file, step.line, step.problem.flaw, step.problem.text)


def finding_at(number: int, line: int, flaw: Flaw, text: str) -> Finding:
    """Something wrong with a line of file `number`."""
    return Finding(file=file_name(number), line=line, flaw=flaw, text=text)

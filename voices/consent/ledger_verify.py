"""Whether anybody changed, removed, moved or added a line of the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from voices.consent.ledger_chain import Chain, Flaw
from voices.consent.ledger_folder import LedgerFolder, file_name
from voices.consent.ledger_line import Head
from voices.consent.ledger_walk import Step, walk
from voices.durable import Files

MOST_FINDINGS: Final = 1000


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


def verify_ledger(
    folder: Path,
    files: Files,
    expected_head: Head | None = None,
    root_key: bytes | None = None,
) -> list[Finding]:
    """Read all of the ledger; what is wrong with it, at most `MOST_FINDINGS` things.

    A ledger that was cut short at its end shows only against a head that was published before,
    one that was written anew as a whole only against the key it began with. Raises OSError when a
    file cannot be read.
    """
    return list(
        islice(_findings(LedgerFolder(folder, files), expected_head, root_key), MOST_FINDINGS)
    )


def finding_of(step: Step) -> Finding | None:
    """What is wrong at a step, if anything."""
    if step.problem is None:
        return None
    return Finding(
        file=file_name(step.file), line=step.line, flaw=step.problem.flaw, text=step.problem.text
    )


def _findings(
    folder: LedgerFolder, expected: Head | None, root_key: bytes | None
) -> Iterator[Finding]:
    numbers = folder.numbers()
    if numbers and numbers[0] != 1:
        yield _finding(numbers[0], 1, Flaw.FILE, "the files before it are missing")
    last, is_found = Step(file=1, line=0), expected is None
    for step in walk(folder.data, numbers, Chain(from_start=True, public=root_key)):
        found = finding_of(step)
        if found is not None:
            yield found
        last = step
        if expected is not None and step.entry and step.entry.event.seq == expected.seq:
            is_found = True
            if step.entry.computed != expected.hash:
                text = "it is not what it was when the head was published"
                yield _finding(step.file, step.line, Flaw.REWRITTEN, text)
    if not is_found:
        text = "lines that were there when the head was published are missing"
        yield _finding(last.file, last.line + 1, Flaw.TRUNCATED, text)


def _finding(number: int, line: int, flaw: Flaw, text: str) -> Finding:
    return Finding(file=file_name(number), line=line, flaw=flaw, text=text)

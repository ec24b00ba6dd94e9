"""Whether anybody changed, removed, moved or added a line of the ledger."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from voices.consent.ledger_chain import Chain, Flaw
from voices.consent.ledger_events import Book, EventType
from voices.consent.ledger_finding import Finding, finding_at, finding_of
from voices.consent.ledger_folder import LedgerFolder
from voices.consent.ledger_line import Head, Line
from voices.consent.ledger_pruning import Pruning
from voices.consent.ledger_walk import Step, walk
from voices.durable import Files

MOST_FINDINGS: Final = 1000
PUBLISHED: Final = "lines that were there when the head was published are missing"


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A head of which somebody knows from elsewhere, and what it means when it is not there."""

    head: Head
    missing: str = PUBLISHED


def verify_ledger(
    folder: Path,
    files: Files,
    expected_head: Head | None = None,
    root_key: bytes | None = None,
    *,
    book: Book = Book.CONSENT,
) -> list[Finding]:
    """Read all of the ledger; what is wrong with it, at most `MOST_FINDINGS` things.

    A ledger that was cut short at its end shows only against a head that was published before,
    one that was written anew as a whole only against the key it began with or that signs it now.
    Raises OSError when a file cannot be read.
    """
    known = [] if expected_head is None else [KnownHead(expected_head)]
    return verify_book(LedgerFolder(folder, files), known, root_key, book)


def verify_book(
    folder: LedgerFolder,
    known: Sequence[KnownHead],
    root_key: bytes | None,
    book: Book,
    seen: Callable[[Line], object] = lambda _line: None,
) -> list[Finding]:
    """As `verify_ledger`, against several heads; `seen` is told of every line that can be read."""
    examination = _Examination(folder, known, root_key, book, seen)
    return list(islice(examination.findings(), MOST_FINDINGS))


class _Examination:
    """One reading of all of a ledger."""

    def __init__(
        self,
        folder: LedgerFolder,
        known: Sequence[KnownHead],
        root_key: bytes | None,
        book: Book,
        seen: Callable[[Line], object],
    ) -> None:
        self._folder = folder
        self._numbers = folder.numbers()
        self._known = list(known)
        self._root_key = root_key
        self._seen = seen
        self._chain = Chain(from_start=self._numbers[:1] in ([], [1]), book=book)
        self._starts: dict[int, Head] = {}
        self._pruning: Pruning | None = None
        self._gone = 0
        """The last file that went while others were read."""
        self._last = Step(file=1, line=0)

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the order of the lines, and then with the ledger as a whole."""
        for step in walk(self._folder.unpruned, self._numbers, self._chain):
            if step.line == 0:
                self._gone = step.file
                continue
            found = finding_of(step)
            if found is not None:
                yield found
            self._last = step
            if step.entry is not None:
                yield from self._look_at(step, step.entry)
        if self._numbers:
            yield from self._check_start(self._numbers[0])
            yield from self._check_key(self._numbers[0])
        yield from self._check_end()

    def _look_at(self, step: Step, entry: Line) -> Iterator[Finding]:
        self._seen(entry)
        if step.line == 1:
            self._starts[step.file] = Head(seq=entry.event.seq - 1, hash=entry.prev)
        if entry.event.type is EventType.AUDIT_PRUNED and step.problem is None:
            self._pruning = Pruning.of(entry.event)
        for known in [known for known in self._known if known.head.seq == entry.event.seq]:
            self._known.remove(known)
            if known.head.hash != entry.event.hash:
                text = "it is not what it was when the head was published"
                yield finding_at(step.file, step.line, Flaw.REWRITTEN, text)

    def _check_start(self, first: int) -> Iterator[Finding]:
        """A log begins with file 1, or where its latest pruning ends (or did not get to)."""
        pruning, reached = self._pruning, max(first, self._gone + 1)
        if pruning is None:
            if reached != 1:
                yield finding_at(first, 1, Flaw.FILE, "the files before it are missing")
        elif reached > pruning.first_file or self._starts.get(pruning.first_file) != pruning.last:
            yield finding_at(first, 1, Flaw.FILE, "the log does not begin where its pruning ended")

    def _check_key(self, first: int) -> Iterator[Finding]:
        keys = {self._chain.first_key, self._chain.public} - {None}
        if self._root_key is not None and keys and self._root_key not in keys:
            yield finding_at(first, 1, Flaw.KEY, "another household's key signed it")

    def _check_end(self) -> Iterator[Finding]:
        pruned = 0 if self._pruning is None else self._pruning.last.seq
        for known in self._known:
            if known.head.seq > pruned:
                yield finding_at(
                    self._last.file, self._last.line + 1, Flaw.TRUNCATED, known.missing
                )

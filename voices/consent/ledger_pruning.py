"""Which old files of a ledger may go, and where it begins once they are gone.

The files of before a moment go as a whole, the oldest first, after a signed line says so: through
which number they reach and the hash of the line of that number. The first file that stays holds
that hash, too, so the chain has no gap. A power cut between that line and the last removal leaves
some of the files: they are sound lines still, and the next pruning takes them.
"""

from dataclasses import dataclass
from datetime import datetime

from voices.consent.ledger_chain import Chain
from voices.consent.ledger_events import OWN_TYPES, Body, Book, Event, EventType
from voices.consent.ledger_folder import LedgerFolder
from voices.consent.ledger_line import Head
from voices.consent.ledger_reader import sound_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """Files that go: all below `first_file`; `last` is their last line."""

    first_file: int
    last: Head
    entries: int

    def body(self) -> Body:
        """What the line that announces it says."""
        return {
            "first_file": self.first_file,
            "through": self.last.seq,
            "through_hash": self.last.hash,
            "entries": self.entries,
        }

    @classmethod
    def of(cls, event: Event) -> "Pruning":
        """What `event`, the line that announces it, says."""
        body = event.body
        return cls(
            first_file=int(body["first_file"]),
            last=Head(seq=int(body["through"]), hash=str(body["through_hash"])),
            entries=int(body["entries"]),
        )


def find_prunable(folder: LedgerFolder, before: datetime, book: Book) -> Pruning | None:
    """The oldest files that hold nothing of `before` or later; never the last file.

    Raises LedgerDamagedError where one of them is damaged: that must be seen, not removed.
    """
    numbers = folder.numbers()
    chain = Chain(from_start=numbers[:1] == [1], book=book)
    found: Pruning | None = None
    entries = 0
    for number in numbers[:-1]:
        lines = list(sound_lines(folder.data, [number], chain))
        if chain.last_type is not EventType.CHECKPOINT:
            break
        if any(line.event.at >= before for line in lines):
            break
        entries += sum(line.event.type not in OWN_TYPES for line in lines)
        found = Pruning(first_file=number + 1, last=lines[-1].head, entries=entries)
    return found


def remove_pruned(folder: LedgerFolder, pruning: Pruning) -> None:
    """Remove the files, the oldest first, so that no gap is ever left."""
    for number in folder.numbers():
        if number < pruning.first_file:
            folder.remove(number)

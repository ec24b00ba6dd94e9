"""Reading a ledger that is to be relied on: the first thing wrong with it is an error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voices.consent.ledger_chain import Chain, Flaw
from voices.consent.ledger_events import Book, EventType
from voices.consent.ledger_finding import finding_of
from voices.consent.ledger_folder import LedgerFolder, content_of
from voices.consent.ledger_line import Head, Line, read_line
from voices.consent.ledger_walk import Read, walk
from voices.errors import LedgerDamagedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What must be known of the end of the ledger to go on; of an empty one nothing is.

    `size` counts all bytes of the last file, `torn_bytes` those after its last complete line.
    """

    file: int = 0
    size: int = 0
    torn_bytes: int = 0
    is_bare: bool = True
    is_closed: bool = True
    head: Head | None = None
    public: bytes | None = None


def read_tail(folder: LedgerFolder, book: Book = Book.CONSENT) -> Tail:
    """The end of the ledger; raises LedgerDamagedError where its last two files are damaged."""
    numbers = folder.numbers()[-2:]
    if not numbers:
        return Tail()
    data = {number: folder.unpruned(number) for number in numbers}
    chain = Chain(from_start=numbers[0] == 1, book=book)
    for _line in sound_lines(data.__getitem__, numbers, chain):
        pass
    content = content_of(data[numbers[-1]] or b"")
    return Tail(
        file=numbers[-1],
        size=content.size,
        torn_bytes=content.torn_bytes,
        is_bare=not content.lines,
        is_closed=bool(content.lines) and chain.last_type is EventType.CHECKPOINT,
        head=chain.head,
        public=chain.public,
    )


def read_lines(folder: LedgerFolder, after: int = 0, book: Book = Book.CONSENT) -> Iterator[Line]:
    """Lines whose number is above `after`; raises LedgerDamagedError at what is broken.

    What is pruned before it is read is left out.
    """
    numbers = _needed(folder, after)
    chain = Chain(from_start=numbers[:1] == [1], book=book)
    for line in sound_lines(folder.unpruned, numbers, chain):
        if line.event.seq > after:
            yield line


def is_current(folder: LedgerFolder, tail: Tail) -> bool:
    """Whether nobody wrote to the ledger since `tail` was read."""
    if folder.size(tail.file + 1) is not None:
        return False
    return tail.file == 0 or folder.size(tail.file) == tail.size


def holds(folder: LedgerFolder, event_id: str) -> bool:
    """Whether an event of this id is in a complete line, the latest file first."""
    needle = f'"event_id":"{event_id}"'.encode()
    for number in reversed(folder.numbers()):
        data = folder.data(number)
        if data.find(needle, 0, data.rfind(b"\n") + 1) >= 0:
            return True
    return False


def verify_hint(book: Book) -> str:
    """The command that tells what is wrong."""
    return f"hub-agent {book} verify"


def _needed(folder: LedgerFolder, after: int) -> list[int]:
    """The files from the last one on that begins before `after`, or where that cannot be told."""
    numbers = folder.numbers()
    if after == 0:
        return numbers
    for index in range(len(numbers) - 1, 0, -1):
        first = _first_seq(folder, numbers[index])
        if first is not None and first <= after + 1:
            return numbers[index:]
    return numbers


def _first_seq(folder: LedgerFolder, number: int) -> int | None:
    lines = content_of(folder.data(number)).lines
    try:
        return read_line(lines[0]).event.seq if lines else None
    except ValueError:
        return None


def sound_lines(read: Read, numbers: Sequence[int], chain: Chain) -> Iterator[Line]:
    """The lines of these files; raises LedgerDamagedError at what is broken."""
    for step in walk(read, numbers, chain):
        finding = finding_of(step)
        if finding is not None and finding.flaw is not Flaw.TORN:
            raise LedgerDamagedError(str(finding), hint=verify_hint(chain.book))
        if step.entry is not None:
            yield step.entry

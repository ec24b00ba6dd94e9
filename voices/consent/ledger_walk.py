"""Walking through the ledger's files, one in memory at a time, naming what is wrong where."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from voices.consent.ledger_chain import Chain, Flaw, Link, Problem
from voices.consent.ledger_events import EventType
from voices.consent.ledger_folder import Content, content_of
from voices.consent.ledger_line import Line, read_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A place in a file (lines count from 1): the line there, what is wrong there, or both.

    Line 0 stands for a file that was pruned meanwhile.
    """

    file: int
    line: int
    entry: Line | None = None
    problem: Problem | None = None


Read: TypeAlias = Callable[[int], bytes | None]
"""The content of a file; None where it was pruned meanwhile."""


def walk(read: Read, numbers: Sequence[int], chain: Chain) -> Iterator[Step]:
    """Follow these files with `chain`; the last one is taken for the ledger's last."""
    for index, number in enumerate(numbers):
        if index and number != numbers[index - 1] + 1:
            text = "the file before it is missing"
            yield Step(file=number, line=1, problem=Problem(Flaw.FILE, text))
        data = read(number)
        if data is None:
            chain.leap()
            yield Step(file=number, line=0)
            continue
        content = content_of(data)
        yield from _steps(number, content.lines, chain)
        problem = _end_problem(content, chain, is_last=number == numbers[-1])
        if problem is not None:
            yield Step(file=number, line=len(content.lines) + 1, problem=problem)


def _steps(number: int, lines: Sequence[bytes], chain: Chain) -> Iterator[Step]:
    """All lines of a file: each is read and followed before any is judged."""
    links: list[Link | None] = []
    shape: list[Problem | None] = []
    for place, data in enumerate(lines, 1):
        link, problem = _followed(number, place, data, chain)
        links.append(link)
        shape.append(problem)
    for place, (link, own, verdict) in enumerate(
        zip(links, shape, chain.judge(links), strict=True), 1
    ):
        entry = None if link is None else link.line
        yield Step(file=number, line=place, entry=entry, problem=verdict or own)


def _followed(
    number: int, place: int, data: bytes, chain: Chain
) -> tuple[Link | None, Problem | None]:
    """The line as a link of the chain, and what is wrong with its form or place."""
    try:
        line = read_line(data)
    except ValueError as error:
        chain.skip()
        return None, Problem(Flaw.UNREADABLE, str(error))
    misplaced = _place_problem(number, place, line, chain)
    return chain.follow(line), misplaced


def _place_problem(number: int, place: int, line: Line, chain: Chain) -> Problem | None:
    first = EventType.GENESIS if number == 1 else EventType.CONTINUED
    if (place == 1) is not (line.event.type is first):
        return Problem(Flaw.FILE, "a file begins in its own way, and only once")
    if line.event.body.get("file", number) != number and place == 1:
        return Problem(Flaw.FILE, "it belongs to another file")
    if place > 1 and chain.last_type is EventType.CHECKPOINT:
        return Problem(Flaw.FILE, "it follows the line that closed the file")
    return None


def _end_problem(content: Content, chain: Chain, *, is_last: bool) -> Problem | None:
    if is_last and content.torn_bytes:
        return Problem(Flaw.TORN, "a power cut tore it; the next event cuts it off")
    if content.torn_bytes:
        return Problem(Flaw.FILE, "the file ends inside a line")
    if not is_last and chain.last_type is not EventType.CHECKPOINT:
        return Problem(Flaw.FILE, "the line that closes the file is missing")
    return None

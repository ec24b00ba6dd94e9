"""What the mark is not made to withstand: figures without a verdict."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.table import Table

from tests.bench import watermark_security_words as in_words
from tests.bench.watermark_collusion import INHERENT, MOST
from tests.bench.watermark_overlaps import Assembled, Original
from tests.bench.watermark_security_findings import Report


@dataclass(frozen=True, slots=True)
class Limit:
    """What succeeds without the key, and how far."""

    what: str
    figures: str


def limits(report: Report) -> Iterator[Limit]:
    """All of them."""
    for told in report.presence:
        yield Limit(
            f"marked told from unmarked speech by training, {told.length_s:g} s, other speakers",
            f"AUC {told.auc:.3f} ({told.low:.3f} to {told.high:.3f}), {told.clips} clips",
        )
    for assembled in report.assembled:
        yield from _of_assembled(assembled)
    for repeat in report.repeats:
        if repeat.voice == "stock":
            yield Limit(
                f"stock voices, one utterance of {repeat.length_s:g} s agrees with itself later",
                in_words.of_repeat(repeat),
            )
    for original in report.originals:
        yield from _of_original(original)
    for moved in report.transplanted:
        yield Limit(
            f"the mark laid over other speech by somebody who has {moved.known}",
            f"found in {moved.found:.0%} of {moved.clips}, with its payload in "
            f"{moved.payload_read:.0%}",
        )
    yield from _of_copies(report)


def limits_table(found: Iterable[Limit]) -> Table:
    """For people."""
    table = Table(title="Limits", title_justify="left")
    for column in ("what it does not withstand", "how far"):
        table.add_column(column, overflow="fold")
    for limit in found:
        table.add_row(limit.what, limit.figures)
    return table


def _of_assembled(found: Assembled) -> Iterator[Limit]:
    of = f"{found.voice} voices, {found.clips} clips of 10 s of one week"
    yield Limit(f"{of}: recognised as such where they share a stretch", in_words.of_pairs(found))
    if found.voice == "stock":
        yield Limit(f"{of}: pattern read from others", in_words.of_signs(found))


def _of_original(found: Original) -> Iterator[Limit]:
    what = f"{found.voice} voices, 10 s with a known original"
    yield Limit(f"{what}: the signs of these seconds", f"{found.own_signs:.1%} read")
    if found.voice == "stock":
        yield Limit(f"{what}: other clips found", in_words.of_original(found))


def _of_copies(report: Report) -> Iterator[Limit]:
    for row in report.washed:
        if row.of in INHERENT and row.way == "mean waveform":
            yield Limit(f"{row.of}: {row.way} of {row.copies}", in_words.of_washed(row))
    for read in report.revealed:
        if read.of in INHERENT:
            yield Limit(f"{read.of}: signs told by {MOST}", f"{read.own_seconds:.1%}")

"""`python -m tests.bench.phones`: how far the phones agree with those of official inference.

The sentences and their phones are golden data; Korean and Cantonese have none. Time is that of
the first reading, with its libraries and dictionaries, and the mean of those after it.
"""

import json
import time
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table

from hub_agent.phones import phones_of
from tests.bench.console import wide_console
from tests.fakes.golden import golden_file

ROUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of one language's sentences."""

    language: str
    sentences: int
    equal: int
    phones: int
    errors: int
    first_ms: float
    later_ms: float


def main() -> None:
    """Print the agreement of each language and every difference."""
    console = wide_console()
    items = json.loads(golden_file("frontend_phones.json").read_text("utf-8"))["items"]
    table = Table("language", "sentences", "equal", "phones", "PER", "first", "later")
    for language, of_language in groupby(items, lambda item: item["lang"]):
        row = _agreement(language, list(of_language), console)
        table.add_row(
            row.language,
            str(row.sentences),
            str(row.equal),
            str(row.phones),
            f"{row.errors / row.phones:.1%}",
            f"{row.first_ms:.0f} ms",
            f"{row.later_ms:.2f} ms",
        )
    console.print(table)


def _agreement(language: str, items: list[dict[str, Any]], console: Console) -> Agreement:
    first_ms = _milliseconds(items[:1], language)
    later_ms = _milliseconds(items * ROUNDS, language) / (len(items) * ROUNDS)
    errors = [_compare(item, console) for item in items]
    return Agreement(
        language=language,
        sentences=len(items),
        equal=errors.count(0),
        phones=sum(len(item["phones"]) for item in items),
        errors=sum(errors),
        first_ms=first_ms,
        later_ms=later_ms,
    )


def _milliseconds(items: list[dict[str, Any]], language: str) -> float:
    start = time.perf_counter()
    for item in items:
        phones_of(item["text"], language)
    return 1000 * (time.perf_counter() - start)


def _compare(item: dict[str, Any], console: Console) -> int:
    """Phones to insert, delete or replace; they are printed in brackets."""
    official, ours = item["phones"], list(phones_of(item["text"], item["lang"]).symbols)
    errors = 0
    for kind, start, end, our_start, our_end in SequenceMatcher(
        None, official, ours, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            errors += max(end - start, our_end - our_start)
            said, wanted = " ".join(ours[our_start:our_end]), " ".join(official[start:end])
            console.print(f"{item['lang']}: {wanted or '–'} → {said or '–'}", markup=False)
    return errors


if __name__ == "__main__":
    main()

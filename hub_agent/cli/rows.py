"""Rows as a table for people, or as JSON for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import typer

WIDE_COLUMNS: Final = 1000
"""For programs that read along: one line a row."""


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print them to standard output; no rows are no table."""
    if as_json:
        typer.echo(json.dumps(list(rows), ensure_ascii=False))
    elif rows:
        _print_table(rows)


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in dict.fromkeys(key for row in rows for key in row):
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(
            *(_shown(row.get(str(column.header).replace(" ", "_"))) for column in table.columns)
        )
    Console(width=None if sys.stdout.isatty() else WIDE_COLUMNS).print(table)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(str(each) for each in value)
        case _:
            return str(value)

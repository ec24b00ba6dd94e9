"""What a person reads at the end of a run."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

Report = Mapping[str, Any]
Row = tuple[str, ...]


def print_tables(console: Console, report: Report) -> None:
    """Times are medians, of the wall clock and, in brackets, of the processor."""
    before, after = (report["machine"]["load_average"][0], report["load_after"])
    console.print(f"load {before} before, {after} after, {report['machine']['cores']} cores")
    _print(
        console,
        "Making a pack",
        _made(report),
        "pack",
        "s",
        "peak MB",
        "size MB",
        "agreement",
        "SNR, dB",
    )
    _print(
        console,
        "The networks, ms (processor ms)",
        _networks(report),
        *("pack", "load", "prefill 160", "prefill 205", "token", "generator, 1 s", "MB (private)"),
    )
    _print(
        console,
        "Sentences",
        _sentences(report),
        *("pack", "tokens", "positions", "first audio, ms", "RTF", "underrun margin, ms"),
    )
    if report["torch"]:
        _print(
            console,
            f"Processor time of torch {report['torch']['version']} by ours",
            _ratios(report),
            *("pack", "prefill 205", "token", "generator"),
        )


def _print(console: Console, title: str, rows: Iterator[Row], *columns: str) -> None:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _made(report: Report) -> Iterator[Row]:
    for made in report["made"]:
        agreement = made["comparison"] and f"{made['comparison']['agreement']:.0%}"
        yield (
            _pack(made),
            f"{made['wall_s']:.0f} ({made['cpu_s']:.0f})",
            f"{made['peak_mb']:.0f}",
            f"{made['size_mb']:.0f}",
            agreement or "",
            f"{made['generator_snr_db']:.0f}" if made["generator_snr_db"] else "",
        )


def _networks(report: Report) -> Iterator[Row]:
    for pace in report["paces"]:
        timings = (pace["load"], *pace["prefill"].values(), pace["token"], pace["generator"])
        yield (
            _pack(pace),
            *map(_ms, timings),
            f"{pace['resident_mb']:.0f} ({pace['private_mb']:.0f})",
        )


def _sentences(report: Report) -> Iterator[Row]:
    for pace in report["paces"]:
        for sentence in pace["sentences"]:
            first, cpu = sentence["first_audio_ms"], sentence["first_audio_cpu_ms"]
            yield (
                _pack(pace),
                str(sentence["num_tokens"]),
                str(sentence["num_positions"]),
                f"{first:.0f} ({cpu:.0f})",
                f"{sentence['rtf']:.2f} ({sentence['cpu_rtf']:.2f})",
                "" if sentence["margin_ms"] is None else f"{sentence['margin_ms']:.0f}",
            )


def _ratios(report: Report) -> Iterator[Row]:
    peer = report["torch"]
    for pace in report["paces"]:
        pairs = (
            (peer["prefill"]["205"], pace["prefill"][205]),
            (peer["token"], pace["token"]),
            (peer["generator"][pace["kind"]], pace["generator"]),
        )
        yield (
            _pack(pace),
            *(f"{theirs['cpu_ms'] / ours['cpu_ms']:.1f} ×" for theirs, ours in pairs),
        )


def _pack(figures: Mapping[str, Any]) -> str:
    return f"{figures['kind']}, {figures['precision']}"


def _ms(timing: Mapping[str, float]) -> str:
    return f"{timing['wall_ms']:.1f} ({timing['cpu_ms']:.1f})"

"""`python -m tests.bench.web`: how soon speech begins to come over HTTP.

The agent is a process of its own; each request has a connection of its own, as players do. Its
answer begins with the first block of sound, so the first byte is the first sound, too.
"""

import argparse
import http.client
import tempfile
import time
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any, Final

from rich.progress import track
from rich.table import Table

from hub_agent.access import Access
from hub_agent.clock import SystemClock
from hub_agent.paths import paired_file, token_file
from tests.bench.console import wide_console
from tests.bench.figures import summarise
from tests.bench.rig.agent import AgentProcess
from tests.bench.rig.ports import HOST, free_port, wait_until_listens
from tests.bench.texts import one_sentence

LISTENS_WITHIN_S: Final = 30.0
WARM_UP_ROUNDS: Final = 3
WORDS: Final = (5, 20, 60)
FORMATS: Final = ("wav", "flac", "ogg", "mp3")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.web", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary:
        folder, port = Path(temporary), free_port()
        with AgentProcess(folder, _settings(folder, port)):
            wait_until_listens(port, LISTENS_WITHIN_S)
            token = _token(folder / "data")
            measured = {
                (kind, words): _measured(port, token, kind, words, rounds)
                for kind, words in track([*product(FORMATS, WORDS)], description="texts")
            }
    wide_console().print(_table(measured, rounds))


def _settings(folder: Path, port: int) -> dict[str, Any]:
    return {
        "data_dir": str(folder / "data"),
        "rooms": {"home": {"sinks": [{"type": "null"}]}},
        "web": {"host": HOST, "port": port},
        "mqtt": {"enabled": False},
        "mdns": {"enabled": False},
        "wyoming": {"enabled": False},
        "log": {"format": "json"},
    }


def _token(data: Path) -> str:
    return Access(token_file(data), paired_file(data), SystemClock()).load()


def _measured(port: int, token: str, kind: str, words: int, rounds: int) -> list[float]:
    for _ in range(WARM_UP_ROUNDS):
        _ask(port, token, kind, one_sentence(words))
    return [_ask(port, token, kind, one_sentence(words)) for _ in range(rounds)]


def _ask(port: int, token: str, kind: str, text: str) -> float:
    """Until the first byte of the body (ms)."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = f'{{"text": "{text}", "format": "{kind}"}}'
    began = time.perf_counter()
    with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
        connection.request("POST", "/api/v1/speech", body, headers)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise RuntimeError(f"status {response.status}")
        response.read(1)
        first_byte_s = time.perf_counter() - began
        response.read()
    return first_byte_s * 1000


def _table(measured: dict[tuple[str, int], list[float]], rounds: int) -> Table:
    table = Table(title=f"first byte of speech over HTTP, ms, {rounds} requests each")
    for name in ("format", "words", "min", "p50", "p90", "p99"):
        table.add_column(name, justify="right")
    for (kind, words), times in measured.items():
        figures = summarise(times)
        numbers = (figures.minimum, figures.p50, figures.p90, figures.p99)
        table.add_row(kind, str(words), *(f"{number:.1f}" for number in numbers))
    return table


if __name__ == "__main__":
    main()

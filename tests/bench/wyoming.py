"""`python -m tests.bench.wyoming`: how soon a Wyoming client hears sound, beside wyoming-piper.

Both are asked for the same texts in turn, over the same protocol, by the same client. Also: how
soon each tells its voices while it speaks a minute of text to somebody else.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from rich.progress import track
from rich.table import Table

from tests.bench.console import wide_console
from tests.bench.figures import paired_ratio, summarise
from tests.bench.peer import DEFAULT_VOICE, running_peer, why_not
from tests.bench.rig.agent import AgentProcess
from tests.bench.rig.ports import HOST, free_port, wait_until_listens
from tests.bench.texts import one_sentence, several_sentences
from tests.bench.wyoming_client import describe, synthesise

LISTENS_WITHIN_S: Final = 30.0
WARM_UP_ROUNDS: Final = 3
WORDS: Final = (5, 21, 62)
MINUTE: Final = several_sentences(150)
DESCRIBES: Final = 10
DESCRIBE_EVERY_S: Final = 0.05

Measured = list[float]


def wyoming_settings(folder: Path, port: int) -> dict[str, Any]:
    """An agent that only serves Wyoming clients, on this machine."""
    return {
        "data_dir": str(folder / "data"),
        "rooms": {"home": {"sinks": [{"type": "null"}]}},
        "web": {"enabled": False},
        "mqtt": {"enabled": False},
        "mdns": {"enabled": False},
        "wyoming": {"host": HOST, "port": port},
        "log": {"format": "json"},
    }


@contextmanager
def wyoming_agent(folder: Path) -> Iterator[tuple[AgentProcess, int]]:
    """It, and its port."""
    port = free_port()
    with AgentProcess(folder, wyoming_settings(folder, port)) as agent:
        wait_until_listens(port, LISTENS_WITHIN_S)
        yield agent, port


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.wyoming", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary, ExitStack() as stack:
        _, port = stack.enter_context(wyoming_agent(Path(temporary)))
        ports = {"hub agent": (port, "streaming")}
        if (reason := why_not(DEFAULT_VOICE)) is None:
            peer = stack.enter_context(running_peer(DEFAULT_VOICE, Path(temporary) / "peer"))
            ports["wyoming-piper"] = (peer.port, peer.dialogue)
        sounds = {
            words: _in_turn(ports, _first_sound(words), rounds)
            for words in track(WORDS, description="texts")
        }
        described = {name: _described_while_speaking(*where) for name, where in ports.items()}
    console = wide_console()
    if reason is not None:
        console.print(f"without wyoming-piper: {reason}")
    for words, measured in sounds.items():
        console.print(_table(f"first audible sample of {words} words, ms", measured))
    console.print(_table("`describe` while another client is spoken to, ms", described))


def _first_sound(words: int) -> Callable[[int, str], float]:
    text = one_sentence(words)
    return lambda port, dialogue: synthesise(port, text, dialogue).first_audible_s


def _in_turn(
    ports: dict[str, tuple[int, str]], measure: Callable[[int, str], float], rounds: int
) -> dict[str, Measured]:
    """The machine's slow spells hit all of them."""
    times: dict[str, Measured] = {name: [] for name in ports}
    for number in range(-WARM_UP_ROUNDS, rounds):
        for name, where in ports.items():
            seconds = measure(*where)
            if number >= 0:
                times[name].append(seconds * 1000)
    return times


def _described_while_speaking(port: int, dialogue: str) -> Measured:
    speaking = threading.Thread(target=synthesise, args=(port, MINUTE, dialogue))
    speaking.start()
    times = []
    for _ in range(DESCRIBES):
        time.sleep(DESCRIBE_EVERY_S)
        times.append(describe(port) * 1000)
    speaking.join()
    return times


def _table(title: str, measured: dict[str, Measured]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("server", "n", "min", "p50", "p90", "p99", "ratio (95 %)"):
        table.add_column(column, justify="right")
    ours = next(iter(measured.values()))
    for name, times in measured.items():
        figures = summarise(times)
        ratio = paired_ratio(times, ours)
        shown = "" if times is ours else f"{ratio.median:.1f} ({ratio.low:.1f}-{ratio.high:.1f})"
        numbers = (figures.minimum, figures.p50, figures.p90, figures.p99)
        table.add_row(name, str(figures.n), *(f"{number:.1f}" for number in numbers), shown)
    return table


if __name__ == "__main__":
    main()

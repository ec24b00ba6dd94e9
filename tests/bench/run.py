"""`python -m tests.bench.run`: measure everything in one go, print it, write JSON and a picture."""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import growth, peer
from tests.bench.chart import draw
from tests.bench.console import wide_console
from tests.bench.latency import WARM_UP_ROUNDS, CaseTimes, measure_latency, speaking_agent
from tests.bench.lifecycle import Idle, Start, measure_idle, measure_start, memory_of
from tests.bench.machine import describe_machine
from tests.bench.readme import write_figures
from tests.bench.report import print_report
from tests.bench.result import BenchResult, PeerFacts, judge, save
from tests.bench.rig.broker import PROMPT, Broker

DEFAULT_OUT = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured."""

    rounds: int
    peer_every: int
    starts: int
    idle_s: float
    burst: int
    bursts: int
    longest_text: int


FULL = Scale(
    rounds=60, peer_every=10, starts=7, idle_s=20.0, burst=300, bursts=3, longest_text=2000
)
QUICK = Scale(rounds=8, peer_every=4, starts=3, idle_s=5.0, burst=100, bursts=1, longest_text=500)


class Bench:
    """One run: its folder, its brokers, its progress bar.

    First sounds are measured at a broker as it comes; `prompt` is for measurements that end with
    an event, which would otherwise show how long the broker holds small messages back.
    """

    def __init__(
        self, folder: Path, broker: Broker, prompt: Broker, scale: Scale, progress: Progress
    ) -> None:
        self._folder = folder
        self._broker = broker
        self._prompt = prompt
        self._scale = scale
        self._progress = progress

    def run(self, voice: Path | None) -> BenchResult:
        """Measure everything; `voice` is the peer's, None leaves the peer out."""
        machine = describe_machine()
        missing = "left out (--no-peer)" if voice is None else peer.why_not(voice)
        latency, peer_facts = self._latency(None if missing else voice)
        return BenchResult(
            machine=machine,
            latency=latency,
            starts=self._starts(),
            idle=self._idle(),
            throughput=self._throughput(),
            text_cost=self._text_cost(),
            submit_cost=self._submit_cost(),
            peer=peer_facts,
            peer_missing=missing,
        )

    def _latency(self, voice: Path | None) -> tuple[dict[str, CaseTimes], PeerFacts | None]:
        beside = nullcontext() if voice is None else peer.running_peer(voice, self._folder / "peer")
        with (
            speaking_agent(self._folder / "latency", self._broker) as stage,
            beside as rival,
            self._step("first sound", self._scale.rounds + WARM_UP_ROUNDS) as advance,
        ):
            times = measure_latency(
                stage,
                rival,
                rounds=self._scale.rounds,
                peer_every=self._scale.peer_every,
                advance=advance,
            )
            return times, None if rival is None or voice is None else _facts(rival, voice)

    def _starts(self) -> list[Start]:
        starts = []
        with self._step("starts", self._scale.starts) as advance:
            for number in range(self._scale.starts):
                starts.append(measure_start(self._folder / f"start{number}", self._broker))
                advance()
        return starts

    def _idle(self) -> Idle:
        with self._step("idle and memory", 1):
            return measure_idle(self._folder / "idle", self._broker, self._scale.idle_s)

    def _throughput(self) -> growth.Throughput:
        with self._step("throughput", 1):
            return growth.measure_throughput(
                self._folder / "flow",
                self._prompt,
                count=self._scale.burst,
                repeats=self._scale.bursts,
            )

    def _text_cost(self) -> list[growth.TextCost]:
        lengths = [words for words in growth.TEXT_WORDS if words <= self._scale.longest_text]
        with self._step("longer texts", len(lengths)) as advance:
            return growth.measure_text_cost(
                self._folder / "text", self._prompt, lengths=lengths, advance=advance
            )

    def _submit_cost(self) -> list[growth.SubmitCost]:
        with self._step("longer queue", len(growth.QUEUE_DEPTHS)) as advance:
            return growth.measure_queue_cost(self._folder / "queue", self._prompt, advance=advance)

    @contextmanager
    def _step(self, name: str, total: int) -> Iterator[Callable[[], None]]:
        task = self._progress.add_task(name, total=total)
        yield lambda: self._progress.advance(task)
        self._progress.update(task, completed=total)


def main() -> None:
    """Run the bench; a missed target is reported, not an error."""
    arguments = _arguments()
    console = wide_console()
    voice = None if arguments.no_peer else arguments.peer_voice
    scale = QUICK if arguments.quick else FULL
    with (
        tempfile.TemporaryDirectory(prefix="hub-agent-bench-") as temporary,
        Broker(Path(temporary) / "broker") as broker,
        Broker(Path(temporary) / "prompt", PROMPT) as prompt,
        _progress(console) as progress,
    ):
        result = Bench(Path(temporary), broker, prompt, scale, progress).run(voice)
    targets = judge(result)
    print_report(console, result, targets)
    document, chart = save(result, targets, arguments.out), draw(result, arguments.out)
    console.print(f"wrote {document}\nwrote {chart}")
    if arguments.readme is not None:
        write_figures(arguments.readme, result, chart.resolve())
        console.print(f"wrote the figures into {arguments.readme}")


def _facts(rival: peer.Peer, voice: Path) -> PeerFacts:
    return PeerFacts(
        versions=rival.versions,
        dialogue=rival.dialogue,
        voice=voice.name,
        memory=memory_of(rival.process),
    )


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:>16}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer samples, a few minutes")
    parser.add_argument("--no-peer", action="store_true", help="measure ours only")
    parser.add_argument("--peer-voice", type=Path, default=peer.DEFAULT_VOICE, help="Piper voice")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder for JSON and PNG")
    parser.add_argument("--readme", type=Path, help="README to write the figures into")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""What BERT costs a Mandarin sentence: `python -m tests.bench.bert`.

Full size, random weights: times and memory are as with real ones. How near int8 is to float32 is
another matter with real ones, so making a pack measures it again.
"""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from hub_agent.gpt_sovits.bert import Bert
from hub_agent.gpt_sovits.bert_maker import FILES, make_bert
from hub_agent.gpt_sovits.checkpoint.bert import BertCheckpoint
from hub_agent.gpt_sovits.pack_trial import bert_snr_db
from hub_agent.gpt_sovits.precision import Precision
from tests.bench.machine import describe_machine
from tests.fakes.full_size_networks import write_bert

LENGTHS: Final = (4, 8, 16, 32)
"""Characters; a short first segment has 4 to 8."""
THREADS: Final = (1, 2)
_REPEATS: Final = 10
T = TypeVar("T")


def main() -> None:
    """Print a line of JSON for each measurement."""
    _tell(machine=describe_machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _alone(write_bert, folder / "bert")
        for precision in Precision:
            made = folder / precision.value
            made.mkdir()
            _tell(precision=precision, **_alone(_make, source, made, precision))
            for num_threads in THREADS:
                _tell(precision=precision, **_alone(_measure, made, num_threads))
        _tell(**_alone(_compare, source, folder / Precision.INT8.value))


def _make(source: Path, folder: Path, precision: Precision) -> dict[str, float]:
    start = time.perf_counter()
    make_bert(BertCheckpoint.read(source), folder, is_quantised=precision is Precision.INT8)
    return {
        "made_s": round(time.perf_counter() - start, 1),
        "peak_mb": _peak_mb(),
        "size_mb": round(sum((folder / file).stat().st_size for file in FILES) / 1e6),
    }


def _measure(folder: Path, num_threads: int) -> dict[str, Any]:
    before = psutil.Process().memory_info().rss
    bert = Bert(folder, num_threads=num_threads)
    first = _timed(bert, "好")
    times = {length: _best(bert, "好" * length) for length in LENGTHS}
    memory = psutil.Process().memory_full_info()
    return {
        "threads": num_threads,
        "loaded": first,
        "by_characters": times,
        "resident_mb": round((memory.rss - before) / 1e6),
        "private_mb": round(memory.uss / 1e6),
    }


def _best(bert: Bert, text: str) -> dict[str, float]:
    """The least of several, as others use the processor too."""
    return min((_timed(bert, text) for _ in range(_REPEATS)), key=lambda times: times["wall_ms"])


def _timed(bert: Bert, text: str) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    bert.of_characters(text)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall_ms": round(1000 * wall), "cpu_ms": round(1000 * cpu)}


def _compare(source: Path, folder: Path) -> dict[str, float]:
    snr_db = bert_snr_db(folder, BertCheckpoint.read(source))
    return {"snr_db": round(snr_db, 1), "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _alone(work: Callable[..., T], *arguments: object) -> T:
    """In a process of its own, so that nothing counts as another's memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        return executor.submit(work, *arguments).result()


def _tell(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()

"""How long text takes to become tokens, full size, with random weights: `--threads 1`."""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from hub_agent.gpt_sovits.checkpoint.s1 import S1Checkpoint
from hub_agent.gpt_sovits.t2s_comparison import compare
from hub_agent.gpt_sovits.t2s_maker import make_t2s
from hub_agent.gpt_sovits.t2s_network import T2SNetwork
from tests.fakes.random_checkpoints import FULL_S1, write_s1

_NUM_PHONES: Final = 80
_NUM_PROMPT_TOKENS: Final = 125
_NUM_STEPS: Final = 100
_REPEATS: Final = 5
_KINDS: Final = {"float32": False, "integers": True}


def main() -> None:
    """Print one line a figure; times are the best of five, wall clock and CPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Each in a process of its own, so that nothing counts as another's memory.
        _alone(_write, folder)
        for kind in _KINDS:
            _alone(_make, folder, kind)
            _alone(_measure, folder, kind, threads)
        _alone(_compare, folder)


def _alone(target: Callable[..., None], *arguments: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def _write(folder: Path) -> None:
    write_s1(folder / "s1.ckpt", FULL_S1)


def _make(folder: Path, kind: str) -> None:
    (folder / kind).mkdir()
    started = time.perf_counter()
    make_t2s(S1Checkpoint.read(folder / "s1.ckpt"), folder / kind, is_quantised=_KINDS[kind])
    size_mb = sum(path.stat().st_size for path in (folder / kind).iterdir()) / 2**20
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{kind}: made in {time.perf_counter() - started:.1f} s with {peak_mb:.0f} MB")
    print(f"{kind}: {size_mb:.0f} MB on disk")


def _measure(folder: Path, kind: str, num_threads: int) -> None:
    before = _memory_mb()
    started = time.perf_counter()
    network = T2SNetwork.open(folder / kind, num_threads=num_threads)
    print(f"{kind}: load {time.perf_counter() - started:.2f} s, {_memory_mb() - before:.0f} MB")
    runs = [_run(network) for _ in range(_REPEATS)]
    for number, name in enumerate(("prefill", "step")):
        wall, cpu = (min(run[number][clock] for run in runs) for clock in (0, 1))
        print(f"{kind}: {name} {1000 * wall:.1f} ms, {1000 * cpu:.1f} ms of CPU")
    print(f"{kind}: after that {_memory_mb() - before:.0f} MB")


def _run(network: T2SNetwork) -> tuple[tuple[float, float], tuple[float, float]]:
    """Wall clock and CPU of the prefill and of one step, which is the mean of all."""
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, network.vocabulary_size - 1, _NUM_PROMPT_TOKENS + _NUM_STEPS)
    phones = rng.integers(0, FULL_S1.num_phones, _NUM_PHONES)
    decoding = network.start(phones, None, tokens[:_NUM_PROMPT_TOKENS], max_tokens=_NUM_STEPS)
    start = _clocks()
    decoding.first_logits()
    middle = _clocks()
    for token in tokens[_NUM_PROMPT_TOKENS:]:
        decoding.feed(int(token))
    end = _clocks()
    wall, cpu = (
        (middle[clock] - start[clock], (end[clock] - middle[clock]) / _NUM_STEPS)
        for clock in (0, 1)
    )
    return (wall[0], cpu[0]), (wall[1], cpu[1])


def _compare(folder: Path) -> None:
    exact, other = (T2SNetwork.open(folder / kind) for kind in _KINDS)
    print(compare(exact, other))


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    main()

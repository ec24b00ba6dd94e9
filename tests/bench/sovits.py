"""How long the speaking side of SoVITS takes, full size, with random weights: `--kind v2Pro`."""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from hub_agent.gpt_sovits.checkpoint.s2 import S2Checkpoint
from hub_agent.gpt_sovits.decoder import Decoder
from hub_agent.gpt_sovits.decoder_networks import DecoderNetworks
from hub_agent.gpt_sovits.passage import Passage, Style
from tests.fakes.random_checkpoints import FULL, VERSIONS, write_s2
from tests.fakes.sovits import write_pack

_REPEATS: Final = 5
_PHONES: Final = list(range(40))
_TOKENS: Final = np.arange(100)
_FIRST: Final = 12
_CHUNK: Final = 25


def main() -> None:
    """Print one line a figure; times are the best of five, wall clock and CPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=VERSIONS.values(), default="v2")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own, so that what building takes is not counted.
        building = multiprocessing.get_context("spawn").Process(
            target=_build, args=(folder, arguments.kind)
        )
        building.start()
        building.join()
        _measure(folder, arguments.threads)


def _build(folder: Path, version: str) -> None:
    kind = next(kind for kind, name in VERSIONS.items() if name == version)
    write_pack(folder, S2Checkpoint.read(write_s2(folder / "s2.pth", kind, FULL[kind])))


def _measure(folder: Path, num_threads: int) -> None:
    before = _memory_mb()
    started = time.perf_counter()
    networks = DecoderNetworks.open(folder, num_threads=num_threads)
    print(f"load {time.perf_counter() - started:.2f} s, {_memory_mb() - before:.0f} MB")
    decoder = Decoder(networks)
    style = Style(
        ge=np.zeros((1, networks.style_channels, 1), np.float32),
        ge_mrte=np.zeros((1, 512, 1), np.float32),
    )
    passage = Passage(phones=_PHONES, style=style, noise=decoder.noise(1))
    for tokens in (_TOKENS[:25], _TOKENS[:50], _TOKENS):
        encode = partial(networks.latents, tokens, _PHONES, style)
        _time(f"text encoder, {len(tokens)} tokens", encode)
    z = decoder.noise(2)(0, 50)
    latents = networks.latents(_TOKENS[:25], _PHONES, style)
    _time("flow, 25 tokens", lambda: networks.flow(latents, z, style))
    _time("generator, 25 tokens", lambda: networks.fine(networks.coarse(z, style)))
    _time(f"stream, first {_FIRST} tokens", lambda: decoder.stream(passage).push(_TOKENS[:_FIRST]))
    _time(f"stream, {len(_TOKENS)} tokens in all", lambda: _stream(decoder, passage))
    print(f"after that {_memory_mb() - before:.0f} MB")


def _stream(decoder: Decoder, passage: Passage) -> None:
    stream = decoder.stream(passage)
    for start in range(0, len(_TOKENS), _CHUNK):
        stream.push(_TOKENS[start : start + _CHUNK])
    stream.finish()


def _time(name: str, run: Callable[[], object]) -> None:
    run()
    walls, cpus = [], []
    for _ in range(_REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(f"{name}: {1000 * min(walls):.0f} ms, {1000 * min(cpus):.0f} ms of CPU")


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    main()

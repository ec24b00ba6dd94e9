"""How quickly GPT-SoVITS packs are made and speak: `python -m tests.bench.gpt_sovits`.

Full size, random weights: times and memory are as with real ones, the sound is noise. With
`--torch PYTHON`, modules of the same sizes are timed in torch by an environment that has it.
"""

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from hub_agent.gpt_sovits.checkpoint.kind import Kind
from hub_agent.gpt_sovits.pack_maker import (
    COMPARISON_FIGURE,
    SNR_FIGURE,
    PackRequest,
    make_pack,
)
from hub_agent.gpt_sovits.precision import Precision
from hub_agent.models.store import ModelStore
from tests.bench.console import wide_console
from tests.bench.gpt_sovits_chart import draw
from tests.bench.gpt_sovits_pipeline import Pace, measure
from tests.bench.gpt_sovits_tables import print_tables
from tests.bench.machine import describe_machine
from tests.fakes.full_size_networks import write_hubert, write_speaker
from tests.fakes.random_checkpoints import FULL, FULL_S1, VERSIONS, write_s1, write_s2

KINDS: Final = (Kind.S2_V2, Kind.S2_V2_PRO_PLUS)
RESULTS: Final = Path(__file__).with_name("results")
_WORKER: Final = Path(__file__).with_name("gpt_sovits_torch.py")
_NICENESS: Final = -2
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What making a pack took, and how near int8 is to float32 with these random weights."""

    kind: str
    precision: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    size_mb: float
    comparison: Any
    generator_snr_db: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    machine: dict[str, object]
    made: list[Made]
    paces: list[Pace]
    torch: dict[str, Any] | None
    load_after: float


def main() -> None:
    """Print tables; write the figures and a chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", type=Path, help="a Python that has torch")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    machine = describe_machine()
    with tempfile.TemporaryDirectory() as name:
        made, paces = _packs(Path(name))
    report = asdict(
        Report(
            machine=machine,
            made=made,
            paces=paces,
            torch=_alone(_torch, arguments.torch) if arguments.torch else None,
            load_after=round(os.getloadavg()[0], 2),
        )
    )
    arguments.out.mkdir(exist_ok=True)
    (arguments.out / "gpt_sovits.json").write_text(json.dumps(report, indent=1) + "\n")
    draw(report, arguments.out / "gpt_sovits.png")
    print_tables(wide_console(), report)


def _packs(folder: Path) -> tuple[list[Made], list[Pace]]:
    """Each step in a process of its own, so that nothing counts as another's memory."""
    made, paces = [], []
    _tell("writing checkpoints")
    whole = _alone(_checkpoints, folder)
    for kind in KINDS:
        for precision in Precision:
            _tell(f"{VERSIONS[kind]}, {precision}")
            made.append(_alone(_make, folder, whole[kind], VERSIONS[kind], precision))
            pack = ModelStore(folder / "packs").open(_name(VERSIONS[kind], precision))
            paces.append(_alone(_measure, pack.folder, VERSIONS[kind], precision.value))
    return made, paces


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def _alone(work: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        return executor.submit(work, *arguments).result()


def _checkpoints(folder: Path) -> dict[Kind, PackRequest]:
    s1, hubert = write_s1(folder / "s1.ckpt", FULL_S1), write_hubert(folder / "hubert")
    speaker = write_speaker(folder / "sv.ckpt")
    return {
        kind: PackRequest(
            s1=s1,
            s2=write_s2(folder / f"{VERSIONS[kind]}.pth", kind, FULL[kind]),
            hubert=hubert,
            speaker=speaker,
        )
        for kind in KINDS
    }


def _make(folder: Path, request: PackRequest, version: str, precision: Precision) -> Made:
    name = _name(version, precision)
    wall, cpu = time.perf_counter(), time.process_time()
    pack = make_pack(replace(request, name=name, precision=precision), ModelStore(folder / "packs"))
    return Made(
        kind=version,
        precision=precision.value,
        wall_s=time.perf_counter() - wall,
        cpu_s=time.process_time() - cpu,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        size_mb=pack.manifest.size / 1e6,
        comparison=pack.manifest.figures.get(COMPARISON_FIGURE),
        generator_snr_db=pack.manifest.figures.get(SNR_FIGURE),
    )


def _measure(folder: Path, version: str, precision: str) -> Pace:
    return measure(folder, version, precision, _hurried())


def _hurried() -> int:
    """The niceness this process has now: below 0 where we may."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    return os.getpriority(os.PRIO_PROCESS, 0)


def _name(version: str, precision: Precision) -> str:
    return f"{version.lower()}-{precision}"


def _torch(python: Path) -> dict[str, Any]:
    _hurried()
    answer = subprocess.run(
        [python, "-W", "ignore", _WORKER],
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, Any] = json.loads(answer.stdout)
    return figures


if __name__ == "__main__":
    main()

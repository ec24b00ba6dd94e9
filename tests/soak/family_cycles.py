"""Enrol, speak and withdraw over and over: nothing may grow but the signed records.

`python -m tests.soak.family_cycles --cycles 1000`
"""

import argparse
import gc
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

import psutil

from tests.fakes.household import ENGINE, create, enrol, family, reopen, use, vault
from voices.family import FamilyVoices
from voices.household import Household
from voices.keeper import VoiceKeeper
from voices.vault.header import PARTS_FOLDER


@dataclass
class Course:
    """What was measured, by cycle."""

    seconds: list[float] = field(default_factory=list)
    rss_bytes: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    catalogue_bytes: int = 0
    files: int = 0
    members: int = 0
    findings: int = 0


def run(root: Path, cycles: int, *, keep_every: int = 2) -> Course:
    """So many cycles in one process.

    Everybody withdraws; of one in `keep_every` the record of that is kept, all that may grow.
    """
    household, course, process = create(root), Course(), psutil.Process()
    voices = family(root, wipe_after_s=1.0)
    for number in range(cycles):
        began = time.perf_counter()
        cycle(household, voices, number, keep=number % keep_every == 0)
        course.seconds.append(time.perf_counter() - began)
        course.rss_bytes.append(process.memory_info().rss)
        course.descriptors.append(process.num_fds())
        course.threads.append(threading.active_count())
    gc.collect()
    fresh = reopen(root)
    course.findings = len(fresh.check())
    course.members = len(fresh.members())
    course.files = len(list((vault(root) / PARTS_FOLDER).iterdir()))
    course.catalogue_bytes = next(vault(root).glob("keys-*")).stat().st_size
    return course


def cycle(household: Household, voices: FamilyVoices, number: int, *, keep: bool) -> None:
    """One person comes, is heard by an agent, and goes."""
    keeper = VoiceKeeper(household)
    member = enrol(household, number, id=f"v{number}", name=f"Voice {number}")
    with voices.open_voice(member.key, ENGINE, use()) as data:
        if data.meta["seed"] != number:
            raise AssertionError("somebody else's voice")
    keeper.revoke(member)
    if not keep:
        keeper.delete(keeper.member(member.id))
    voices.wipe_idle()


def mean_ms(seconds: list[float]) -> float:
    return 1000 * fmean(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--keep-every", type=int, default=10, help="record of a withdrawal")
    chosen = parser.parse_args()
    cycles = chosen.cycles
    with tempfile.TemporaryDirectory() as folder:
        course = run(Path(folder), cycles, keep_every=chosen.keep_every)
    first, last = course.seconds[:100], course.seconds[-100:]
    print(f"cycles {cycles}: first 100 {mean_ms(first):.1f} ms, last 100 {mean_ms(last):.1f} ms")
    for share in (0.1, 0.5, 1.0):
        at = max(0, round(cycles * share) - 1)
        print(f"  after {at + 1}: RSS {course.rss_bytes[at] / 2**20:.1f} MiB")
    print(f"  descriptors {course.descriptors[0]} -> {course.descriptors[-1]}")
    print(f"  threads {course.threads[0]} -> {course.threads[-1]}")
    print(f"  sealed files left {course.files}, findings {course.findings}")
    print(f"  records {course.members}, catalogue {course.catalogue_bytes} bytes")


if __name__ == "__main__":
    main()

"""Measures the audit log when it is long: python -m tests.bench.audit --entries 100000."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Final

from voices.audit.entries import Begun, Ended
from voices.audit.log import AuditLog
from voices.audit.verify import verify_audit
from voices.consent.signing import SigningKey
from voices.durable import DiskFiles
from voices.purpose import Purpose

SECRET: Final = bytes(range(32))
MOST_VERIFY_S_PER_100_000: Final = 5.0
MOST_APPEND_MS: Final = 2.0


class Unforced(DiskFiles):
    """A disk that is never waited for: what is measured is our own work."""

    def _flush(self, fd: int) -> None:
        pass

    def _flush_folder(self, folder: Path) -> None:
        pass


def main() -> int:
    """Measure, print, and tell whether it is quick enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="lines, two an utterance")
    entries: int = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), entries)


def measure(folder: Path, entries: int) -> int:
    """Fill a log in `folder`, then verify and read it."""
    signer, anchor = SigningKey.generate(), folder / "audit.anchor"
    log = AuditLog.open(
        folder / "audit",
        secret=SECRET,
        text_key=SECRET,
        signer=signer,
        anchor=anchor,
        files=Unforced(),
    )
    begin_ms, end_ms = fill(log, entries // 2)
    tail = max(1, len(begin_ms) // 10)
    begins = report("begin, the last tenth", begin_ms[-tail:])
    ends = report("end with its anchor, the last tenth", end_ms[-tail:])
    size = sum(path.stat().st_size for path in (folder / "audit").iterdir())
    print(f"{entries} entries take {size / 1e6:.1f} MB")
    started = time.perf_counter()
    found = verify_audit(
        folder / "audit",
        anchor=anchor,
        secret=SECRET,
        expected_head=log.head,
        root_key=signer.public,
    )
    verify_s = time.perf_counter() - started
    print(f"verify: {verify_s:.2f} s, {len(found)} findings")
    started = time.perf_counter()
    count = sum(1 for _utterance in log.utterances())
    print(f"read and open {count} utterances: {time.perf_counter() - started:.2f} s")
    is_quick = verify_s <= MOST_VERIFY_S_PER_100_000 * entries / 100_000
    is_good = is_quick and max(begins, ends) < MOST_APPEND_MS and not found
    return 0 if is_good else 1


def fill(log: AuditLog, utterances: int) -> tuple[list[float], list[float]]:
    """Milliseconds of every beginning and every end."""
    begun = Begun(
        announcement_id="0123456789abcdef" * 2,
        voice="ab" * 16,
        slot=3,
        purpose=Purpose.ANNOUNCEMENTS,
        sender="home_assistant",
        room="living_room",
        epoch=2900,
        start_phase=1234,
        at=datetime.now(UTC),
    )
    mac = log.text_mac("the washing is done")
    ended = Ended(outcome="spoken", reason=None, duration_ms=2100, text_mac=mac, signs_digest=mac)
    begin_ms, end_ms = [], []
    for _ in range(utterances):
        start = time.perf_counter()
        number = log.begin(begun)
        middle = time.perf_counter()
        log.end(number, ended)
        begin_ms.append(1000 * (middle - start))
        end_ms.append(1000 * (time.perf_counter() - middle))
    return begin_ms, end_ms


def report(what: str, ms: Sequence[float]) -> float:
    """Print median and 95 %; the latter."""
    cuts = quantiles(ms, n=20)
    print(f"{what}: median {cuts[9]:.2f} ms, 95 % below {cuts[18]:.2f} ms")
    return cuts[18]


if __name__ == "__main__":
    sys.exit(main())

"""One agent per data folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub_agent.errors import AgentBusyError, ExitCode, RefusedError
from hub_agent.service.lock import LOCK_NAME, DataLock

HOLDER = """
import sys
from pathlib import Path
from hub_agent.service.lock import DataLock
with DataLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_holder_is_told_who_the_first_one_is(tmp_path: Path) -> None:
    with DataLock(tmp_path), pytest.raises(AgentBusyError) as caught, DataLock(tmp_path):
        pass
    assert str(os.getpid()) in str(caught.value)
    assert f"kill {os.getpid()}" in (caught.value.hint or "")
    assert caught.value.exit_code is ExitCode.UNAVAILABLE


def test_folder_can_be_taken_again_after_it_was_left(tmp_path: Path) -> None:
    for _ in range(2):
        with DataLock(tmp_path):
            assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"
    assert (tmp_path / LOCK_NAME).read_text() == ""


def test_death_of_the_holder_frees_the_folder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AgentBusyError, match=str(holder.pid)), DataLock(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with DataLock(tmp_path):
            pass


def test_lock_file_is_private(tmp_path: Path) -> None:
    with DataLock(tmp_path):
        assert (tmp_path / LOCK_NAME).stat().st_mode & 0o777 == 0o600


def test_lock_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot lock"), DataLock(tmp_path / "missing"):
        pass

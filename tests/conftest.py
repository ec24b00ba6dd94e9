"""How the tests run: in several processes, with one thread each for numpy's libraries."""

import os
import signal

import pytest

from hub_agent.cli.lean import use_one_thread_for_mathematics

MOST_PROCESSES = 4

use_one_thread_for_mathematics()

# Ends are tested on programs that inherit these, which background jobs and nohup take away.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each core; none beside this one where a single file is run."""
    if len(config.args) == 1 and ".py" in config.args[0]:
        return 0
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)

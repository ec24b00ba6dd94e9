"""Numpy's libraries keep to one thread, as they do in the program itself."""

from hub_agent.cli.lean import use_one_thread_for_mathematics

use_one_thread_for_mathematics()

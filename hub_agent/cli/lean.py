"""Starting with less."""

import os
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types import ModuleType


def use_one_thread_for_mathematics() -> None:
    """Keep numpy's matrix library to one thread, before numpy is imported.

    Our matrices are small: with several threads a family voice costs three times the processor.
    """
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def load_logs_without_rich() -> None:
    """Import structlog before anybody else does, and hide rich from it.

    structlog takes rich, and rich attrs, for tracebacks that show local variables, which ours must
    not. That was a fifth of the time until the agent is ready.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = cast("ModuleType", None)  # Python's own way to say: cannot be imported
    try:
        import structlog  # noqa: F401 - for the effect
    finally:
        del sys.modules["rich"]

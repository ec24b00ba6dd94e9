"""Starting with less."""

import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types import ModuleType


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

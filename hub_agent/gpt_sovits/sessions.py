"""The one place where onnxruntime opens a graph."""

import os
from pathlib import Path
from typing import Any, Final

from hub_agent.errors import ModelFileError

_SILENT: Final = 3
"""Level of onnxruntime's own log: errors only."""


def open_session(model: Path | bytes, *, num_threads: int) -> Any:
    """An `InferenceSession` on the CPU."""
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    # Threads that spin while they wait double the time of everything where others need the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(model) if isinstance(model, Path) else model,
            options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # the library's errors have no common base
        raise ModelFileError(
            f"a graph of the model cannot be loaded ({type(error).__name__})",
            hint="make the model pack again from its checkpoints",
        ) from error


def _onnxruntime() -> Any:
    # The library reports its use to its maker unless it is told not to before it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime

"""The one place where onnxruntime opens a graph."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hub_agent.errors import EngineError, HubAgentError, ModelFileError
from hub_agent.gpt_sovits.providers import (
    Provider,
    not_started,
    offered_by,
    require_offered,
    require_used,
)

_SILENT: Final = 3
"""Level of onnxruntime's own log: errors only."""
_WAITING: Final = {
    "session.intra_op.allow_spinning": "1",
    "session.intra_op.spin_duration_us": "50",
    "session.force_spinning_stop": "1",
}
"""Threads spin from one operation to the next, without which a second one gains nothing for a
token; but briefly, as others need the cores too, and not between two runs."""


def open_session(
    model: Path | bytes, *, num_threads: int, provider: Provider = Provider.CPU
) -> Any:
    """An `InferenceSession`; what `provider` cannot compute of a graph the CPU does.

    Raises `ModelFileError`, or `UnavailableError` where `provider` is not to be had.
    """
    onnxruntime = _onnxruntime()
    require_offered(provider, onnxruntime)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    for key, value in _WAITING.items():
        options.add_session_config_entry(key, value)
    try:
        session = onnxruntime.InferenceSession(
            str(model) if isinstance(model, Path) else model,
            options,
            providers=[provider.official_name],
            # Without this the library prints a line and goes on with the CPU when one fails.
            enable_fallback=0,
        )
    except Exception as error:  # the library's errors have no common base
        if provider is not Provider.CPU:
            raise not_started(provider) from error
        raise ModelFileError(
            f"a graph of the model cannot be loaded ({type(error).__name__})",
            hint="make the model pack again from its checkpoints",
        ) from error
    require_used(provider, session)
    return session


@contextmanager
def computing() -> Iterator[None]:
    """Whatever goes wrong in a session, memory too, as an `EngineError`."""
    try:
        yield
    except HubAgentError:
        raise
    except Exception as error:  # the library's errors have no common base
        raise EngineError(
            f"the model could not be computed ({type(error).__name__})",
            hint="hub-agent models verify NAME; hub-agent doctor",
            reason="computing_failed",
        ) from error


def providers() -> tuple[Provider, ...]:
    """What graphs can be computed with here."""
    return offered_by(_onnxruntime())


def _onnxruntime() -> Any:
    # The library reports its use to its maker unless it is told not to before it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime

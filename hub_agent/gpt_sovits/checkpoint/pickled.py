"""The pickle in a checkpoint, read as plain data."""

from io import BytesIO
from typing import Any

from hub_agent.gpt_sovits.checkpoint import problems
from voices.torch_pickle import reader
from voices.torch_pickle.errors import PickleDamagedError, PickleUnsafeError


def read_pickle(data: bytes) -> Any:
    """The content: plain values and `TensorRecord`s, every container a fresh one."""
    try:
        return reader.read_pickle(BytesIO(data))
    except PickleDamagedError as error:
        raise problems.damaged(str(error)) from error
    except PickleUnsafeError as error:
        raise problems.unsafe(str(error)) from error

"""What is kept encrypted: a little JSON and named arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Payload:
    """Voice data, an embedding, recordings or a consent record, in memory.

    `meta` is plain JSON; arrays have a plain little-endian dtype of numpy.
    """

    meta: Mapping[str, Any] = field(repr=False)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def wipe(self) -> None:
        """Overwrite the arrays with zeros, where they own writable memory."""
        for array in self.arrays.values():
            if array.flags.writeable:
                array.fill(0)

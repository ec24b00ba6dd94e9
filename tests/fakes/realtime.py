"""Tests that need the processor at the right millisecond, on machines busy with other things."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

P = ParamSpec("P")

ATTEMPTS: Final = 3


def in_real_time(test: Callable[P, None]) -> Callable[P, None]:
    """A failed assertion counts only when it fails every time: a fault of ours does."""

    @wraps(test)
    def attempted(*args: P.args, **kwargs: P.kwargs) -> None:
        for _ in range(ATTEMPTS - 1):
            try:
                return test(*args, **kwargs)
            except AssertionError as error:
                print(f"once more: {error}")
        return test(*args, **kwargs)

    return attempted

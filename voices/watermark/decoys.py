"""Keys nobody has: how well they fit is what chance does with the very same audio.

The detector's p-value is a bound and may say less than it could. The rank of the true key among
random ones is exact: in unmarked audio all keys are alike, so each rank is as probable as any
other. With N such keys it can say no less than 1 / (N + 1).
"""

import secrets
from collections.abc import Collection

from voices.watermark.keys import MASTER_BYTES


def nobodys_master() -> bytes:
    """A new master secret that nothing was ever marked with."""
    return secrets.token_bytes(MASTER_BYTES)


def rank_p(own: float, others: Collection[float]) -> float:
    """The share of all keys, the true one among them, with at most its p-value."""
    return (1 + sum(other <= own for other in others)) / (len(others) + 1)

"""How probable a match is by chance, measured on the very same audio with keys nobody has.

The detector's p-value is a bound and says less than it could. The rank of the true key among
random ones is exact: in unmarked audio all keys are alike, so each rank is as probable as any
other. With `decoys` keys it can say no less than 1 / (decoys + 1).
"""

import secrets
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.correlator import KeyPattern
from voices.watermark.evidence import Pieces
from voices.watermark.features import at_analysis_rate, power_spectra, ripple
from voices.watermark.keys import MASTER_BYTES, EpochKey

_SECRET: Final = 2 * MASTER_BYTES


def calibrated_p(
    samples: NDArray[np.float32], sample_rate: int, key: EpochKey, *, decoys: int = 100
) -> float:
    """The share of all keys, the true one among them, that fit at least as well as the true one.

    Looks at the first 70 s at the speed they have; takes some 30 ms for each decoy.
    """
    pieces = Pieces(ripple(power_spectra(at_analysis_rate(samples, sample_rate), 1.0), 1.0))
    own = pieces.straight(KeyPattern.of(key)).log_p
    others = (pieces.straight(KeyPattern.of(_decoy(key.epoch))).log_p for _ in range(decoys))
    return (1 + sum(other <= own for other in others)) / (decoys + 1)


def _decoy(epoch: int) -> EpochKey:
    secret = secrets.token_bytes(_SECRET)
    return EpochKey(epoch, secret[:MASTER_BYTES], secret[MASTER_BYTES:])

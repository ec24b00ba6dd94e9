"""How unlikely a score is where there is no mark; a bound, whatever the audio.

The audio knows nothing of the key, so a correlation with the keyed signs is a sum of given
numbers with random signs. Such a sum exceeds z standard deviations at most 3.18 times as often as
a normal variable does (Bentkus and Dzindzalieta, Bernoulli 21, 2015). Nothing is extrapolated.
"""

import math
from typing import Final

_LOG_BENTKUS: Final = math.log(3.18)
_ERFC_IS_EXACT_BELOW: Final = 25.0
SMALLEST_P: Final = 1e-300


def log_tail(z: float) -> float:
    """Logarithm of a bound on the probability that one unmarked score reaches `z`."""
    if z <= 0:
        return 0.0
    if z < _ERFC_IS_EXACT_BELOW:
        normal = math.log(0.5 * math.erfc(z / math.sqrt(2)))
    else:
        normal = -z * z / 2 - math.log(z * math.sqrt(2 * math.pi))
    return min(0.0, normal + _LOG_BENTKUS)


def probability(log_p: float) -> float:
    """A p-value within [`SMALLEST_P`, 1] from its logarithm."""
    return max(SMALLEST_P, math.exp(min(0.0, max(log_p, math.log(SMALLEST_P)))))

"""Raised-cosine fades: no step at either end."""

import numpy as np

from hub_agent.audio.stage import Samples


def ramp(num_samples: int) -> Samples:
    """A raised-cosine rise from just above 0 to just below 1; its mirror image adds up to 1."""
    position = (np.arange(num_samples) + 0.5) / max(num_samples, 1)
    return (0.5 - 0.5 * np.cos(np.pi * position)).astype(np.float32)


def fade_in(samples: Samples, sample_rate: int, ms: float) -> Samples:
    """A copy that rises from silence over its first `ms`, or over all of it when shorter."""
    faded = samples.astype(np.float32, copy=True)
    length = min(num_samples(ms, sample_rate), faded.size)
    faded[:length] *= ramp(length)
    return faded


def fade_out(samples: Samples, sample_rate: int, ms: float) -> Samples:
    """A copy that falls to silence over its last `ms`, or over all of it when shorter."""
    faded = samples.astype(np.float32, copy=True)
    length = min(num_samples(ms, sample_rate), faded.size)
    faded[faded.size - length :] *= ramp(length)[::-1]
    return faded


def num_samples(ms: float, sample_rate: int) -> int:
    """How many samples a duration has, rounded to the nearest."""
    return round(ms * sample_rate / 1000)

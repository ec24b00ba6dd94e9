"""Speaking faster or slower: latents, linearly interpolated to fewer or more frames."""

import numpy as np
from numpy.typing import NDArray


def num_frames(num_latents: int, speed: float) -> int:
    """Frames of a whole utterance; at any speed but 1 there is one too many, as in the original."""
    return num_latents if speed == 1 else int(num_latents / speed) + 1


def stretched(
    latents: NDArray[np.float32], start: int, end: int, pace: float
) -> NDArray[np.float32]:
    """Frames `start` to `end` of `[1, channels, t]`, each `pace` latents after the one before."""
    if pace == 1:
        return latents[:, :, start:end]
    last = latents.shape[2] - 1
    position = np.clip((np.arange(start, end) + 0.5) * pace - 0.5, 0, last)
    left = position.astype(np.int64)
    right = np.minimum(left + 1, last)
    share = (position - left).astype(np.float32)
    mixed: NDArray[np.float32] = latents[:, :, left] * (1 - share) + latents[:, :, right] * share
    return mixed

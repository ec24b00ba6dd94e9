"""What a person said, and the samples of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One phrase or longer, mono float32 in [-1, 1], with its text.

    `transcript` is what is said, as one would write it; `language` a BCP 47 tag.
    """

    samples: NDArray[np.float32] = field(repr=False)
    sample_rate: int
    transcript: str = field(repr=False)
    language: str

    @property
    def duration_s(self) -> float:
        """Seconds of audio."""
        return self.samples.size / self.sample_rate

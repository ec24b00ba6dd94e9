"""Single utterances of real speech, where they lie beside this checkout."""

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from voices.enrolment.decode import decode_file

LIBRISPEECH: Final = Path(__file__).parents[2] / "../shared/speech/librispeech_test_other"


def librispeech(name: str) -> tuple[NDArray[np.float32], int]:
    """Samples and rate of an utterance of test-other; skips the test where it is not."""
    path = LIBRISPEECH / name.partition("-")[0] / name
    if not path.exists():
        pytest.skip("no LibriSpeech beside this checkout")
    decoded = decode_file(path)
    return decoded.samples, decoded.sample_rate

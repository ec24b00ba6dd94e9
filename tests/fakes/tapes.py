"""A folder of short recordings with their texts, by a person who needs no recordings."""

from pathlib import Path
from typing import Final

import numpy as np

from tests.fakes import person
from tests.fakes.speech_material import wav_bytes, white

PAUSE_S: Final = 0.5
HISS: Final = 3e-4
NUM_TAPES: Final = 7


def tapes(folder: Path) -> Path:
    """Make `folder`; what is on its tapes is enough for a voice, and no more."""
    folder.mkdir()
    for number, spoken in enumerate(person.recordings()[:NUM_TAPES]):
        pause = np.float32(HISS) * white(round(PAUSE_S * spoken.sample_rate))
        file = folder / f"{number}.wav"
        whole = np.concatenate([pause, spoken.samples, pause])
        file.write_bytes(wav_bytes(whole, spoken.sample_rate))
        file.with_suffix(".txt").write_text(spoken.transcript)
    return folder

"""Whether recordings were made by this home's own voices: nobody clones a clone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from voices.errors import EnrolmentRefusedError
from voices.family import WATERMARK
from voices.household import Household
from voices.recording import Recording
from voices.watermark.detector import detect
from voices.watermark.keys import epoch_key, epoch_of

WEEKS: Final = 12
"""How far back is looked; a clone of an older recording is still known by its voice."""


def refuse_own_voices(
    household: Household, recordings: Sequence[Recording], *, at: datetime
) -> None:
    """Raise `EnrolmentRefusedError` for a recording that carries this home's mark.

    Takes about a second for a minute of speech. Audio that was sped up or pitched is not searched.
    """
    master, now = household.subkey(WATERMARK), epoch_of(at)
    keys = [epoch_key(master, now - weeks) for weeks in range(WEEKS)]
    for recording in recordings:
        if detect(recording.samples, recording.sample_rate, keys, other_speeds=False).detected:
            raise EnrolmentRefusedError(
                "a recording was made by a voice of this hub: it carries its watermark",
                hint="record the person, not the loudspeaker",
                reason="own_watermark",
            )

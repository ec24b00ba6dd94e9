"""Whether recordings were made by this home's own voices: nobody clones a clone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from voices.errors import EnrolmentRefusedError
from voices.family import WATERMARK
from voices.household import Household
from voices.recording import Recording
from voices.watermark.detector import detect
from voices.watermark.keys import EpochKey, epoch_of, family_key

WEEKS: Final = 12
"""How far back is looked; a clone of an older recording is still known by its voice."""


def refuse_own_voices(
    household: Household, recordings: Sequence[Recording], *, at: datetime
) -> None:
    """Raise `EnrolmentRefusedError` for a recording that carries this home's mark.

    Audio that was sped up or pitched is not searched.
    """
    keys = _keys(household, epoch_of(at))
    for recording in recordings:
        if detect(recording.samples, recording.sample_rate, keys, other_speeds=False).detected:
            raise EnrolmentRefusedError(
                "a recording was made by a voice of this hub: it carries its watermark",
                hint="record the person, not the loudspeaker",
                reason="own_watermark",
            )


def _keys(household: Household, now: int) -> list[EpochKey]:
    """Of the periods in which something was said, as far as the audit log remembers."""
    spoken = {
        (utterance.begun.epoch, period)
        for utterance in household.audit(None).utterances()
        if now - utterance.begun.epoch < WEEKS
        for period in utterance.periods
    }
    master = household.subkey(WATERMARK)
    return [family_key(master, epoch).period(period) for epoch, period in sorted(spoken)]

"""What this home's own voices said is no material for another voice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.household import Home, use
from tests.fakes.speech_material import RATE, reader
from voices.errors import EnrolmentRefusedError
from voices.own_mark import WEEKS, refuse_own_voices
from voices.recording import Recording
from voices.watermark.embedder import Strength

NOW = datetime.now(UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def tape(home: Home | None) -> Recording:
    """Twelve seconds of a reader, as they are or as this home would have said them."""
    samples = reader("sonnet_1_en")[: 12 * RATE]
    if home is not None:
        begun = home.family().begin(
            home.member.key,
            use(at=NOW),
            announcement_id="tape",
            sample_rate=RATE,
            strength=Strength.STUDIO,
        )
        marker = begun.marker
        samples = np.concatenate((marker.process(samples), marker.finish()))
    return Recording(samples=samples, sample_rate=RATE, transcript="", language="en")


def test_a_person_is_welcome(home: Home) -> None:
    refuse_own_voices(home.household, [tape(None)], at=NOW)


@pytest.mark.parametrize("weeks", [0, WEEKS - 1])
def test_a_voice_of_this_home_is_not(home: Home, weeks: int) -> None:
    later = NOW + timedelta(weeks=weeks)
    with pytest.raises(EnrolmentRefusedError) as caught:
        refuse_own_voices(home.household, [tape(None), tape(home)], at=later)
    assert caught.value.reason == "own_watermark"

"""How the speech of this hub is marked: as strongly as the settings say, stock voices or not."""

from datetime import UTC
from pathlib import Path

import structlog

from hub_agent.audio.stage import Stage
from hub_agent.clock import Clock
from hub_agent.settings.trust import WatermarkSettings
from voices.watermark.embedder import Marker, Strength
from voices.watermark.hub_key import STOCK_SLOT, NoPlaceForKeyError, hub_key
from voices.watermark.issue import issue
from voices.watermark.keys import EpochKey, epoch_key, epoch_of, epoch_start

log = structlog.get_logger(__name__)


class Marking:
    """Thread-safe. The hub's own key is read, or made, when a stock voice first speaks."""

    def __init__(self, key_file: Path, settings: WatermarkSettings, clock: Clock) -> None:
        self.strength = Strength[settings.strength.upper()]
        self._key_file = key_file
        self._stock = settings.stock
        self._clock = clock
        self._key: EpochKey | None = None

    def stock_marker(self, sample_rate: int, sameness: bytes | None = None) -> Stage | None:
        """What marks one utterance of a stock voice; its number is the minute of the week.

        `sameness` is what determines its samples, None while that is not known.

        None where the settings say so, or where there is no place for a key: a mark that
        nobody could ever recognise is of no use. Raises `HubKeyError` for a key that is damaged.
        """
        if not self._stock:
            return None
        now = self._clock.now().astimezone(UTC)
        minute = int((now - epoch_start(epoch_of(now))).total_seconds() // 60)
        try:
            key = self._week(epoch_of(now))
        except NoPlaceForKeyError:
            log.warning("stock voices are not marked: there is no place for a key")
            return None
        mark = issue(STOCK_SLOT, minute, key, sameness)
        return Marker(key, mark.payload, sample_rate, mark.start_phase, self.strength)

    def _week(self, epoch: int) -> EpochKey:
        if self._key is None or self._key.epoch != epoch:
            self._key = epoch_key(hub_key(self._key_file), epoch)
        return self._key

"""Keys of the mark: one for each epoch, from the household's master secret."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_BYTES: Final = 32
EPOCH_DAYS: Final = 7
"""A week: little is ever spoken under one key, and a year's recordings need 53 keys tried."""

FAMILY_PERIODS: Final = 256
"""5 h of pattern a week: clips that share a stretch could be put together like a jigsaw."""

_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class EpochKey:
    """What marks and recognises the utterances of one epoch; who has it can forge the mark.

    Its pattern repeats after `num_periods` periods, of which `first_period` is the first.
    """

    epoch: int
    pattern_key: bytes = field(repr=False)
    tag_key: bytes = field(repr=False)
    first_period: int = field(default=0, repr=False)
    num_periods: int = field(default=1, repr=False)

    def period(self, index: int) -> "EpochKey":
        """The key of that period alone: what a detector is given, as it looks at one at a time."""
        return replace(self, first_period=index % self.num_periods, num_periods=1)


WatermarkKey = EpochKey


def epoch_of(moment: datetime) -> int:
    """The epoch of an aware `moment`: whole weeks since Thursday, 1 January 1970, UTC."""
    return int(moment.astimezone(UTC).timestamp() // (_SECONDS_A_DAY * EPOCH_DAYS))


def epoch_start(epoch: int) -> datetime:
    """When an epoch begins, in UTC."""
    return datetime.fromtimestamp(epoch * _SECONDS_A_DAY * EPOCH_DAYS, UTC)


def epoch_key(master: bytes, epoch: int, num_periods: int = 1) -> EpochKey:
    """The key of `epoch`; `master` has 32 bytes."""
    if len(master) != MASTER_BYTES:
        raise ValueError(f"a master secret has {MASTER_BYTES} bytes")
    info = b"wm|" + epoch.to_bytes(4, "big")
    derived = HKDF(SHA256(), 2 * MASTER_BYTES, None, info).derive(master)
    pattern_key, tag_key = derived[:MASTER_BYTES], derived[MASTER_BYTES:]
    return EpochKey(epoch, pattern_key, tag_key, num_periods=num_periods)


def family_key(master: bytes, epoch: int) -> EpochKey:
    """The key that marks persons' voices in `epoch`; `master` is the vault's secret for it."""
    return epoch_key(master, epoch, FAMILY_PERIODS)

"""Keys of the mark: one for each epoch, from the household's master secret."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_BYTES: Final = 32
EPOCH_DAYS: Final = 7
"""A week: little is ever spoken under one key, and a year's recordings need 53 keys tried."""

_SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class EpochKey:
    """What marks and recognises the utterances of one epoch; who has it can forge the mark."""

    epoch: int
    pattern_key: bytes = field(repr=False)
    tag_key: bytes = field(repr=False)


WatermarkKey = EpochKey


def epoch_of(moment: datetime) -> int:
    """The epoch of an aware `moment`: whole weeks since Thursday, 1 January 1970, UTC."""
    return int(moment.astimezone(UTC).timestamp() // (_SECONDS_A_DAY * EPOCH_DAYS))


def epoch_start(epoch: int) -> datetime:
    """When an epoch begins, in UTC."""
    return datetime.fromtimestamp(epoch * _SECONDS_A_DAY * EPOCH_DAYS, UTC)


def epoch_key(master: bytes, epoch: int) -> EpochKey:
    """The key of `epoch`; `master` is the household's secret of 32 bytes."""
    if len(master) != MASTER_BYTES:
        raise ValueError(f"a master secret has {MASTER_BYTES} bytes")
    info = b"wm|" + epoch.to_bytes(4, "big")
    derived = HKDF(SHA256(), 2 * MASTER_BYTES, None, info).derive(master)
    return EpochKey(epoch, derived[:MASTER_BYTES], derived[MASTER_BYTES:])

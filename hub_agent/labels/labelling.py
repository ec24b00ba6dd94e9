"""The labels of announcements: what their files say, what is heard."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Final

from hub_agent.announcing.delivery import Delivery
from hub_agent.clock import Clock
from hub_agent.labels.audible import Notice, notice_for
from hub_agent.labels.label import SOFTWARE, SYNTHETIC, Label, SourceType
from hub_agent.settings.labels import LabelSettings
from voices.voice import VoiceKind

_ID_CHARS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """Labels as the settings want them.

    The id in a file is a hash of the announcement's, which its sender chose and which may say
    something ("grandma-door"). The key is never stored: the files of one announcement in several
    rooms have the same id, and nobody can guess from it what the sender wrote.
    """

    clock: Clock
    settings: LabelSettings = field(default_factory=LabelSettings)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def under(self, settings: LabelSettings) -> "Labelling":
        """The same under other settings."""
        return replace(self, settings=settings)

    def label(self, delivery: Delivery) -> Label:
        """What a file with this announcement says."""
        family = _is_family(delivery)
        return Label(
            synthetic=SYNTHETIC,
            producer=self.settings.producer,
            produce_id=self._produce_id(delivery),
            source_type=SourceType.CLONED if family else SourceType.STOCK,
            software=SOFTWARE,
            created=self.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    def notice(self, delivery: Delivery) -> Notice | None:
        """What is heard with this announcement besides its text."""
        return notice_for(
            delivery.announcement.audible_label,
            self.settings,
            family=_is_family(delivery),
            language=delivery.language,
        )

    def _produce_id(self, delivery: Delivery) -> str:
        """One for each acceptance: an id that is used again is another announcement."""
        content = f"{delivery.announcement.id}\0{delivery.accepted_at!r}".encode()
        return hmac.new(self.key, content, hashlib.sha256).hexdigest()[:_ID_CHARS]


def _is_family(delivery: Delivery) -> bool:
    return delivery.source.voice.kind is VoiceKind.FAMILY

"""What is heard besides the text, because the speech is synthetic."""

from dataclasses import dataclass
from typing import Final

from hub_agent.announcement import AudibleLabel
from hub_agent.labels.notices import notice, notice_rate
from hub_agent.settings.labels import LabelPosition, LabelSettings

_FROM_LESS_TO_MORE: Final = list(AudibleLabel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is heard before or after the text; the rhythm where there is no sentence.

    `rate` is the sentence's own, however quick the text is read.
    """

    sentence: str | None
    language: str
    rate: float
    at_start: bool
    at_end: bool


def notice_for(
    asked: AudibleLabel, settings: LabelSettings, *, family: bool, language: str
) -> Notice | None:
    """What an announcement in a person's (`family`) or an engine's voice needs; None: nothing.

    The announcement may ask for more than the settings demand, never for less.
    """
    demanded = settings.family_audible if family else settings.stock_audible
    label = max(asked, demanded, key=_FROM_LESS_TO_MORE.index)
    if label is AudibleLabel.NONE:
        return None
    return Notice(
        sentence=notice(language) if label is AudibleLabel.SPOKEN else None,
        language=language,
        rate=notice_rate(language),
        at_start=settings.position is not LabelPosition.END,
        at_end=settings.position is not LabelPosition.START,
    )

"""Who speaks where an announcement names no voice."""

from hub_agent.engines.engine import Engine
from hub_agent.errors import HubAgentError, NotFoundError
from voices.errors import VoicesError
from voices.family import FamilyVoice, FamilyVoices
from voices.voice import Voice


def lasting_name(wanted: str, engine: Engine, family: FamilyVoices) -> str:
    """What may be kept of a wish for a voice: a stock voice's id, a person's random key.

    Raises `NotFoundError`, and `VaultLockedError` while it could be a locked voice.
    """
    stock = engine.find_voice(wanted)
    if stock is not None:
        return stock.id
    person = family.find(wanted)
    if person is None or not _is_enrolled(person, family):
        raise NotFoundError(
            "there is no such voice", hint="hub-agent voices list", reason="unknown_voice"
        )
    return person.key


def voice_named(name: str, engine: Engine, family: FamilyVoices) -> Voice | None:
    """The voice that was kept under `name`, None while it cannot be had or was withdrawn."""
    try:
        stock = engine.find_voice(name)
        person = None if stock else family.find(name)
        return person.voice if person and _is_enrolled(person, family) else stock
    except (HubAgentError, VoicesError):
        return None


def _is_enrolled(person: FamilyVoice, family: FamilyVoices) -> bool:
    """Who withdrew is still found, but named to nobody who did not ask for them."""
    return person.voice in family.voices()

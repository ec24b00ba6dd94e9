"""The check of the watermark: what this machine speaks is recognised as its own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from hub_agent.cli.checkup import Check, failed, ok
from hub_agent.cli.checkup_speech import speak_trial
from hub_agent.engines.home import EngineHome
from hub_agent.engines.registry import EngineRegistry
from hub_agent.errors import HubAgentError
from hub_agent.paths import mark_key_file
from hub_agent.settings.models import CoreSettings
from voices.errors import VoicesError
from voices.watermark.detector import detect
from voices.watermark.embedder import Marker, Strength
from voices.watermark.hub_key import STOCK_SLOT, hub_key
from voices.watermark.issue import issue
from voices.watermark.keys import epoch_key, epoch_of

_TEXT: Final = "All is well. The kettle is on, the lights are off, and everybody is at home."


def check_mark(settings: CoreSettings, data_dir: Path) -> Check:
    """Whether a trial sentence, marked with the hub's own key, is found to be marked."""
    home = EngineHome(settings=settings.engines, data_dir=data_dir)
    try:
        engine = EngineRegistry(home).get(settings.speech.engine)
        engine.load()
        key = epoch_key(hub_key(mark_key_file(data_dir)), epoch_of(datetime.now(UTC)))
        plain = speak_trial(engine, _TEXT)
    except (HubAgentError, VoicesError) as error:
        return failed("watermark", str(error), error.hint or "hub-agent engines")
    mark = issue(STOCK_SLOT, 0, key, None)
    strength = Strength[settings.watermark.strength.upper()]
    marker = Marker(key, mark.payload, engine.sample_rate, mark.start_phase, strength)
    marked = np.concatenate((marker.process(plain), marker.finish()))
    found = detect(marked, engine.sample_rate, [key], other_speeds=False)
    if not found.detected:
        return failed("watermark", "marked speech is not recognised", "hub-agent engines")
    return ok("watermark", "marked speech is recognised as this hub's")

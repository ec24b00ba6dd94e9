"""Names that nobody of the family can have, because a voice of the engine has them."""

from hub_agent.engines.engine import Engine
from voices.errors import EnrolmentRefusedError


def require_no_stock_voice(engine: Engine, *names: str) -> None:
    """Refuse an id or a name by which the loaded `engine` finds a voice of its own."""
    if any(engine.find_voice(name) is not None for name in names):
        raise EnrolmentRefusedError(
            "an engine's own voice has this id or name",
            hint="choose another one, for example grandma",
            reason="id_taken",
        )

"""Commands as wall panels take them: `{"speak": "text", "volume": 40}`. Pure.

The other commands of that protocol (wake, audio, brightness, …) are for panels: ignored.
"""

from hub_agent.announcement import Announcement
from hub_agent.messages.fields import Fields, decoded, json_object


def parse_command(payload: bytes) -> Announcement | None:
    """The announcement in a command, None if it asks for nothing to be spoken."""
    values = json_object(decoded(payload))
    if values.get("speak") is None:
        return None
    fields = Fields(values)
    return Announcement(text=fields.text("speak"), volume=fields.volume("volume"))

"""What is told of an announcement, without text, voice or names of people. Pure."""

from hub_agent.announcement import AnnouncementEvent, AnnouncementResult, Outcome

EVENT_OF_OUTCOME = {
    Outcome.SPOKEN: "finished",
    Outcome.INTERRUPTED: "interrupted",
    Outcome.EXPIRED: "dropped",
    Outcome.DROPPED: "dropped",
    Outcome.DUPLICATE: "dropped",
    Outcome.REFUSED: "refused",
    Outcome.REJECTED: "refused",
    Outcome.FAILED: "failed",
}


def event_fields(event: AnnouncementEvent) -> dict[str, object]:
    """An event as values that JSON knows; what is not known is left out.

    `outcome` is there exactly when nothing more follows for this id: an `interrupted` without it
    will be resumed.
    """
    fields: dict[str, object] = {"event_type": event.type.value, "id": event.id}
    fields |= {"origin": event.origin, "room": event.room, "reason": event.reason}
    fields["ttfa_ms"] = milliseconds(event.ttfa_s)
    if event.result is not None:
        fields["event_type"] = EVENT_OF_OUTCOME[event.result.outcome]
        fields |= result_fields(event.result)
    return {key: value for key, value in fields.items() if value is not None}


def result_fields(result: AnnouncementResult) -> dict[str, object]:
    """How an announcement ended, as values that JSON knows."""
    return {
        "id": result.id,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "voice_refused": result.voice_refused,
        "engine_failed": result.engine_failed,
        "ttfa_ms": milliseconds(result.ttfa_s),
        "audio_ms": milliseconds(result.audio_s),
        "rooms": {room: outcome.value for room, outcome in result.rooms.items()},
    }


def milliseconds(seconds: float | None) -> int | None:
    """Whole ones, where the time is known."""
    return None if seconds is None else round(seconds * 1000)

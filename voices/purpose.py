"""What a family voice may be used for."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why something is spoken; each needs the person's consent of its own."""

    ANNOUNCEMENTS = "announcements"
    GREETINGS = "greetings"
    ASSISTANT = "assistant"
    TOYS = "toys"
    STORIES = "stories"

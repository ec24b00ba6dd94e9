"""What a prompt is."""

from dataclasses import dataclass, field

from voices.errors import VoicesError


class NoPromptsError(VoicesError):
    """No script comes with the agent for that language."""

    exit_code = 66
    reason = "no_prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A sentence to be read aloud; `id` is unique within its script, `language` a BCP 47 tag."""

    id: str
    text: str = field(repr=False)
    language: str

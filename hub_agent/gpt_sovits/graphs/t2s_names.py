"""The inputs, outputs and properties of the text-to-semantic graphs."""

from typing import Final

PHONES: Final = "phones"
BERT: Final = "bert"
PROMPT: Final = "prompt"
LAST: Final = "last"
POSITION: Final = "position"
PAST_LENGTH: Final = "past_length"
LOGITS: Final = "logits"
PAST_KEY: Final = "past_key_"
NUM_PHONES: Final = "num_phones"
"""A property of the first graph."""


def past_names(layer: int) -> tuple[str, str]:
    """The names of the keys and values a step is given."""
    return f"{PAST_KEY}{layer}", f"past_value_{layer}"


def present_names(layer: int) -> tuple[str, str]:
    """The names of the keys and values a graph gives."""
    key, value = past_names(layer)
    return present_of(key), present_of(value)


def present_of(past: str) -> str:
    """The output that belongs to an input."""
    return past.replace("past", "present", 1)

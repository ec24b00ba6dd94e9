"""Errors of voices: one root of the same shape as the agent's, so the core can translate it.

VoicesError
└── VoiceNotFoundError      no voice of that id or name
"""


class VoicesError(Exception):
    """Root of everything that goes wrong with voices.

    The message says what and which; `hint` is the next command to type. Neither ever
    holds a secret or announcement text.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class VoiceNotFoundError(VoicesError):
    """No voice of that id or name."""

    exit_code = 66

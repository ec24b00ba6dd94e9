"""What can go wrong while a person is recorded."""

from hub_agent.errors import ExitCode, HubAgentError, UnavailableError, UsageError


class MicrophoneError(UnavailableError):
    """A microphone that cannot be had now, or went away; `reason` says which in one word."""

    reason = "no_microphone"


class NoTerminalError(UsageError):
    """A guided session needs a person at a terminal."""

    reason = "no_terminal"


class AbandonedError(HubAgentError):
    """The person left the session; nothing of it was kept."""

    exit_code = ExitCode.INTERRUPTED
    reason = "abandoned"


class SttError(UnavailableError):
    """A speech-to-text server that gave no transcript; `reason` says why in one word."""

    reason = "stt_failed"


class SttAnswerError(SttError):
    """An answer of a speech-to-text server that stays the same however often one asks."""

    reason = "stt_answer"
    retry = False

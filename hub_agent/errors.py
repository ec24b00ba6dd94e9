"""Every error the agent raises on purpose.

HubAgentError                1   something failed
├── UsageError               2   the command line does not make sense
├── InvalidAnnouncementError 65  an announcement that cannot be understood
├── ModelFileError           65  a checkpoint or model pack that cannot be used
├── NotFoundError            66  a voice, room, engine or device that is not there
├── UnavailableError         69  a peer or device that may come back: try again
│   ├── SinkError                an audio output that cannot take samples now
│   ├── BrokerError              the MQTT broker is not to be had now
│   └── AgentBusyError           another agent holds this data directory
├── EngineError              70  an engine that broke its contract
├── RefusedError             77  not permitted: credentials, consent, file permissions
└── SettingsError            78  settings that cannot be used
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line (sysexits where one fits)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BAD_DATA = 65
    NOT_FOUND = 66
    UNAVAILABLE = 69
    BUG = 70
    NOT_PERMITTED = 77
    CONFIG = 78
    INTERRUPTED = 130


class HubAgentError(Exception):
    """Root of the agent's errors.

    The message says what and which; `hint` is the next thing to type or do. Neither ever
    holds a secret, a person's name or announcement text. `reason` is a short, stable word
    for machines; `retry` says whether trying again can help.
    """

    exit_code = ExitCode.FAILED
    reason = "failed"
    retry = False

    def __init__(self, message: str, *, hint: str | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if reason is not None:
            self.reason = reason


class UsageError(HubAgentError):
    """The command line does not make sense."""

    exit_code = ExitCode.USAGE
    reason = "usage"


class InvalidAnnouncementError(HubAgentError):
    """An announcement that cannot be understood; `reason` says why in one word."""

    exit_code = ExitCode.BAD_DATA
    reason = "invalid"


class ModelFileError(HubAgentError):
    """A checkpoint or model pack that cannot be used; `reason` says why in one word."""

    exit_code = ExitCode.BAD_DATA
    reason = "damaged_model"


class NotFoundError(HubAgentError):
    """A voice, room, engine or device that is not there."""

    exit_code = ExitCode.NOT_FOUND
    reason = "not_found"


class UnavailableError(HubAgentError):
    """A peer or device that may come back."""

    exit_code = ExitCode.UNAVAILABLE
    reason = "unavailable"
    retry = True


class SinkError(UnavailableError):
    """An audio output that cannot take samples now."""

    reason = "sink_unavailable"


class BrokerError(UnavailableError):
    """The MQTT broker is not to be had now."""

    reason = "broker_unavailable"


class AgentBusyError(UnavailableError):
    """Another agent holds this data directory."""

    reason = "already_running"
    retry = False


class EngineError(HubAgentError):
    """An engine that broke its contract."""

    exit_code = ExitCode.BUG
    reason = "engine_failed"


class RefusedError(HubAgentError):
    """Not permitted: credentials, consent, file permissions."""

    exit_code = ExitCode.NOT_PERMITTED
    reason = "refused"


class SettingsError(HubAgentError):
    """Settings that cannot be used."""

    exit_code = ExitCode.CONFIG
    reason = "settings"

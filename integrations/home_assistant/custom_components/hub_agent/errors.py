"""What can go wrong between Home Assistant and a hub."""


class HubAgentError(Exception):
    """The hub cannot be reached, or did not do what it was asked.

    `reason` is a stable word of the hub's, None where no answer came.
    """

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class HubAgentAuthError(HubAgentError):
    """The hub does not take this token."""


class HubAgentBusyError(HubAgentError):
    """The hub does as much as it can already, or was asked too often."""


class HubAgentRefusedError(HubAgentError):
    """The hub understood, and says no; the message says why."""

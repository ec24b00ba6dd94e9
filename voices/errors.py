"""Errors of voices: one root of the same shape as the agent's, so the core can translate it.

VoicesError                  1   something failed
├── VoiceNotFoundError      66   no voice of that id or name
├── EnrolmentRefusedError   65   recordings a voice cannot or must not be made of
├── ConsentRefusedError     77   this use of a voice is not consented to
├── LedgerDamagedError      65   the ledger's chain or a signature is broken
├── SpeakerModelError       69   the network that recognises speakers is not here
└── VaultError               1   the vault failed
    ├── NoVaultError        66   there is no vault yet
    ├── VaultExistsError    65   there is one already
    ├── VaultLockedError    77   locked: family voices are not to be had
    ├── WrongSecretError    77   no slot opens with this secret
    ├── VaultBusyError      69   somebody else is writing to it
    └── VaultDamagedError   65   a file of it was changed, is missing or does not belong to it
"""


class VoicesError(Exception):
    """Root of everything that goes wrong with voices.

    The message says what and which; `hint` is the next command to type; `reason` is a short,
    stable word for machines. None of them ever holds a secret, a name or announcement text.
    """

    exit_code = 1
    reason = "failed"
    retry = False

    def __init__(self, message: str, *, hint: str | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if reason is not None:
            self.reason = reason


class VoiceNotFoundError(VoicesError):
    """No voice of that id or name."""

    exit_code = 66
    reason = "unknown_voice"


class EnrolmentRefusedError(VoicesError):
    """Recordings a voice cannot or must not be made of; `reason` says why in one word."""

    exit_code = 65
    reason = "enrolment_refused"


class ConsentRefusedError(VoicesError):
    """This use of a voice is not consented to; `reason` says what is missing in one word."""

    exit_code = 77
    reason = "no_consent"


class LedgerDamagedError(VoicesError):
    """The ledger's chain or a signature is broken; the message names file and line."""

    exit_code = 65
    reason = "ledger_damaged"


class SpeakerModelError(VoicesError):
    """The network that recognises speakers is not here or not what it should be."""

    exit_code = 69
    reason = "no_speaker_model"


class VaultError(VoicesError):
    """The vault failed."""

    reason = "vault_failed"


class NoVaultError(VaultError):
    """There is no vault yet."""

    exit_code = 66
    reason = "no_vault"


class VaultExistsError(VaultError):
    """There is a vault already."""

    exit_code = 65
    reason = "vault_exists"


class VaultLockedError(VaultError):
    """Locked: family voices are not to be had."""

    exit_code = 77
    reason = "vault_locked"


class WrongSecretError(VaultError):
    """No slot opens with this secret."""

    exit_code = 77
    reason = "wrong_secret"


class VaultBusyError(VaultError):
    """Somebody else is writing to it."""

    exit_code = 69
    reason = "vault_busy"
    retry = True


class VaultDamagedError(VaultError):
    """A file of it was changed, is missing or does not belong to it; the message names it."""

    exit_code = 65
    reason = "vault_damaged"

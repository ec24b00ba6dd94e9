"""Outcomes of an announcement as errors, with what to do about them."""

from typing import Final

from hub_agent.announcement import AnnouncementResult, Outcome
from hub_agent.errors import ExitCode, HubAgentError

EXIT_CODES: Final = {
    Outcome.SPOKEN: ExitCode.OK,
    Outcome.REFUSED: ExitCode.NOT_PERMITTED,
    Outcome.REJECTED: ExitCode.BAD_DATA,
    Outcome.FAILED: ExitCode.FAILED,
    Outcome.INTERRUPTED: ExitCode.FAILED,
    Outcome.EXPIRED: ExitCode.FAILED,
    Outcome.DROPPED: ExitCode.FAILED,
    Outcome.DUPLICATE: ExitCode.FAILED,
}
NO_SOUND: Final = frozenset(
    {"sink_unavailable", "device_away", "device_hangs", "no_portaudio", "no_such_device"}
)
VERIFY_AUDIT: Final = "hub-agent audit verify"
HINTS: Final = {
    "unknown_voice": "hub-agent voices list",
    "unknown_language": "hub-agent voices list",
    "unknown_engine": "hub-agent engines",
    "unknown_room": "hub-agent config show",
    "vault_locked": "hub-agent vault unlock",
    "consent_expired": "hub-agent consent renew ID, by the person whose voice it is",
    "consent_revoked": "the voice is gone for good; hub-agent voices list",
    "consent_suspended": "hub-agent consent show ID",
    "purpose_not_consented": "hub-agent consent show ID; another purpose: say --purpose",
    "room_not_consented": "hub-agent consent show ID",
    "hour_not_consented": "hub-agent consent show ID",
    "sender_not_consented": "hub-agent consent show ID",
    "audit_rolled_back": VERIFY_AUDIT,
    "audit_anchor_missing": VERIFY_AUDIT,
    "audit_anchor_changed": VERIFY_AUDIT,
    "ledger_damaged": "hub-agent vault check",
    "no_voice_data": "hub-agent voices fit ID --engine ENGINE",
    "fitted_to_another_model": "hub-agent voices fit ID --engine gpt_sovits",
    "no_model": "hub-agent models add-gpt-sovits --help",
    "model_not_chosen": "name one of `hub-agent models list` in engines.gpt_sovits.model",
    "language_not_read": "say it in zh, en, ja, ko or yue, or by another engine",
    "quiet_hours": "say it with --priority critical",
    "nothing_to_say": "write something with words in it",
    "disk_full": "make room, then try again",
    "not_writable": "check that the folder exists and may be written",
}


def error_of(result: AnnouncementResult) -> HubAgentError | None:
    """What to tell a person who asked for it, None when it was spoken."""
    if result.outcome is Outcome.SPOKEN:
        return None
    reason = result.reason or result.outcome.value
    if reason in NO_SOUND:
        return _no_sound(reason)
    words = reason.replace("_", " ")
    error = HubAgentError(
        f"{result.outcome.value}: {words}",
        hint=HINTS.get(reason, "hub-agent doctor"),
        reason=reason,
    )
    error.exit_code = EXIT_CODES[result.outcome]
    return error


def _no_sound(reason: str) -> HubAgentError:
    error = HubAgentError(
        f"no loudspeaker works here ({reason.replace('_', ' ')})",
        hint="hub-agent say --out hello.wav hello, or see what is wrong: hub-agent doctor",
        reason=reason,
    )
    error.exit_code = ExitCode.UNAVAILABLE
    return error

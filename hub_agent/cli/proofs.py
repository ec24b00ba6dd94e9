"""The commands `watermark export-proof` and `watermark check-proof`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import typer

from hub_agent.cli.file_progress import file_progress
from hub_agent.cli.opened_vault import VaultAccess, file_errors
from hub_agent.cli.shell import talk
from hub_agent.errors import ExitCode, HubAgentError, NotFoundError, UsageError
from hub_agent.labels.label import shown
from hub_agent.own_speech.proof_check import find_in_file
from hub_agent.own_speech.report import changes, clock, odds
from hub_agent.paths import audit_anchor
from voices.audit.entries import AuditedUtterance, Ended
from voices.consent.signing import PUBLIC_KEY_BYTES
from voices.errors import VoicesError
from voices.family import WATERMARK
from voices.household import Household
from voices.watermark.keys import family_key
from voices.watermark.proof import expected_signs, signs_digest
from voices.watermark.proof_file import LONGEST_BYTES, Claim, Proof, ProofError
from voices.watermark.proof_search import Match

LIMITS: Final = (
    "this proves that the household vouches for this audio; it could have made all of it itself, "
    "and whoever holds the proof can lay the same signs on other audio"
)


def export_proof(announcement: str, out: Path, *, config: Path | None) -> None:
    """Write the proof of one announcement; it tells nothing of any other."""
    access = VaultAccess(config)
    household = access.unlocked()
    audit = household.audit(audit_anchor(access.key_file))
    spoken = [u for u in audit.utterances() if u.begun.announcement_id == announcement]
    utterance, ended_line, ended = _last_marked(spoken)
    proof = Proof(
        public_key=household.signing_key().public,
        begun_line=utterance.line,
        begun_key=audit.key_of(utterance.line),
        ended_line=ended_line,
        ended_key=audit.key_of(ended_line),
        signs=_signs(household, utterance, ended),
    )
    proof.verified(None)
    with file_errors(out), out.open("xb") as file:
        file.write(proof.to_bytes())
    key = proof.public_key.hex()
    talk(f"{out} tells when, where, for what and on whose request this was said, not its text")
    talk(f"check it with: hub-agent watermark check-proof FILE {out} --public-key {key}")


def check_proof(
    file: Path, proof: Path, *, public_key: str | None, level: float, as_json: bool
) -> None:
    """Say what is proven; exit code 65 for a proof that is none, 1 for other audio."""
    with _refusals_as_json(file, as_json=as_json):
        household = _public_key(public_key)
        with file_errors(proof), proof.open("rb") as opened:
            given = Proof.from_bytes(opened.read(LONGEST_BYTES + 1))
        claim = given.verified(household)
        with file_progress(file.name) as progress:
            match = find_in_file(file, claim.signs, progress)
    found = match is not None and match.p_value <= level
    if as_json:
        _print_json(file, claim, match, found=found, known=public_key is not None, level=level)
    else:
        _print(file, claim, match, found=found, known=public_key is not None)
    if not found:
        raise typer.Exit(int(ExitCode.FAILED))


def _last_marked(
    spoken: list[AuditedUtterance],
) -> tuple[AuditedUtterance, bytes, Ended]:
    """The last utterance of an announcement that ended, with its line and what that says."""
    if not spoken:
        raise NotFoundError(
            "the audit log knows no such announcement in a family voice", hint="hub-agent audit log"
        )
    for utterance in reversed(spoken):
        ended, line = utterance.ended, utterance.ended_line
        if ended is not None and line is not None and ended.signs_digest is not None:
            return utterance, line, ended
    raise NotFoundError(
        "nothing was recorded of how this announcement ended, so nothing can be proven",
        reason="not_ended",
    )


def _signs(household: Household, utterance: AuditedUtterance, ended: Ended) -> bytes:
    begun = utterance.begun
    key = family_key(household.subkey(WATERMARK), begun.epoch)
    signs = expected_signs(key, utterance.payload, begun.start_phase, ended.duration_ms / 1000)
    if signs_digest(signs) != ended.signs_digest:
        raise ProofError("the log commits to other signs than this vault makes", reason="not_ours")
    return signs


def _public_key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != PUBLIC_KEY_BYTES:
        raise UsageError(
            f"--public-key has {2 * PUBLIC_KEY_BYTES} hexadecimal digits",
            hint="ask the household for it, by another way than the proof came",
        )
    return key


def _print(file: Path, claim: Claim, match: Match | None, *, found: bool, known: bool) -> None:
    said = f"announcement {shown(claim.announcement_id)}, {claim.at.astimezone():%Y-%m-%d %H:%M}"
    name = shown(str(file))
    signer = f"signed by the household with key {claim.kid}"
    if match is None or not found:
        typer.echo(f"{name}: not proven: the mark of {said} is not in it, which proves nothing")
        return
    places = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in match.spans)
    typer.echo(
        f"{name}: proven: the mark of {said}, {signer}, is in {places}{changes(match.stretch)}; "
        f"chance of a false alarm below {odds(match.p_value)}"
    )
    talk(LIMITS)
    if not known:
        talk("whose key that is, this file cannot tell: compare with --public-key HEX")


def _print_json(
    file: Path, claim: Claim, match: Match | None, *, found: bool, known: bool, level: float
) -> None:
    spans = match.spans if match and found else ()
    row: dict[str, Any] = {
        "file": str(file),
        "proven": found,
        "p_value": match.p_value if match else 1.0,
        "level": level,
        "announcement": claim.announcement_id,
        "at": claim.at.isoformat(),
        "purpose": claim.purpose,
        "room": claim.room,
        "sender": claim.sender,
        "key_id": claim.kid,
        "key_compared": known,
        "tempo": round(match.stretch.tempo, 4) if match else 1.0,
        "pitch": round(match.stretch.pitch, 4) if match else 1.0,
        "spans": [{"start_s": round(a, 3), "end_s": round(b, 3)} for a, b in spans],
    }
    typer.echo(json.dumps(row))


@contextmanager
def _refusals_as_json(file: Path, *, as_json: bool) -> Iterator[None]:
    try:
        yield
    except (HubAgentError, VoicesError) as error:
        if as_json:
            refused = {"proven": False, "reason": error.reason, "message": str(error)}
            typer.echo(json.dumps({"file": str(file), **refused}))
        raise

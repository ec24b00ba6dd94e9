"""Content credentials (C2PA) for files: a signed statement of how the speech came about.

The library is an extra; this is the only module that imports it.
"""

import importlib.util
import json
import os
from pathlib import Path
from typing import Final

from hub_agent import __version__
from hub_agent.clock import Clock
from hub_agent.errors import HubAgentError, UnavailableError, UsageError
from hub_agent.labels.identity import SigningIdentity, signing_identity
from hub_agent.labels.label import Label

KINDS: Final = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac"}
"""By the end of a file's name; there is no place for them in Ogg."""


class ContentCredentials:
    """Signs files of one kind."""

    def __init__(self, identity: SigningIdentity, kind: str) -> None:
        self._identity = identity
        self._kind = kind

    def seal(self, part: Path, label: Label) -> None:
        """Sign a finished, labelled file in its place. Raises `OSError` or `HubAgentError`."""
        signed = part.with_name(f"{part.name}.signed")
        try:
            with part.open("rb") as source, signed.open("x+b") as target:
                os.fchmod(target.fileno(), part.stat().st_mode & 0o777)
                self._sign(source, target, label)
            signed.replace(part)
        finally:
            signed.unlink(missing_ok=True)

    def _sign(self, source: object, target: object, label: Label) -> None:
        import c2pa

        # This version of the library wants every text as bytes, and `None` for "no time stamp".
        chain, key = self._identity.chain, self._identity.key
        try:
            signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
            with signer, c2pa.Builder(json.dumps(_manifest(label))) as builder:
                builder.sign(signer, self._kind, source, target)
        except c2pa.C2paError as error:
            raise HubAgentError(
                "the file cannot be signed", hint="try without --c2pa", reason="c2pa_failed"
            ) from error


def content_credentials(path: Path, folder: Path, clock: Clock) -> ContentCredentials:
    """What signs the file `path` with the keys in `folder`, which are made on first use.

    Raises `UsageError` for a kind of file that cannot hold them, `UnavailableError` without the
    library, and `RefusedError` when the keys cannot be used.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(
            f"content credentials have no place in {path.suffix} files",
            hint=f"--out {path.stem}.flac --c2pa; also possible: {', '.join(KINDS)}",
        )
    if importlib.util.find_spec("c2pa") is None:
        raise UnavailableError(
            "the library for content credentials is not installed",
            hint="pip install 'hub-agent[c2pa]'",
            reason="c2pa_missing",
        )
    return ContentCredentials(signing_identity(folder, clock.now()), kind)


def _manifest(label: Label) -> dict[str, object]:
    action = {
        "action": "c2pa.created",
        "when": label.created,
        "digitalSourceType": str(label.source_type),
    }
    return {
        "claim_generator_info": [{"name": "hub-agent", "version": __version__}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }

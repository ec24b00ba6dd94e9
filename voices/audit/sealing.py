"""What a line of the audit log says, sealed.

Every line has a key of its own, `line_key`: HKDF-SHA256 of the vault's subkey for the audit log,
with 32 random bytes as the salt that the line itself holds. So the key of one line can be given
away, to prove what that line says, and opens no other. Lengths are rounded up: the size of a line
does not tell how long a name is.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from voices.consent.ledger_events import Body, EventType
from voices.vault.crypto import SALT_BYTES, BadSealError, derive, seal, unseal_with

_USE: Final = "audit.line"
_ROUND_UP_BYTES: Final = 128


def sealed_body(secret: bytes, kind: EventType, content: Mapping[str, Any]) -> Body:
    """The body of a line of this kind; ValueError for text that is no Unicode."""
    plain = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    padded = plain.ljust(-(-len(plain) // _ROUND_UP_BYTES) * _ROUND_UP_BYTES)
    sealed = seal(secret, padded, use=_USE, bound=kind.encode())
    return {"sealed": base64.b64encode(sealed).decode("ascii")}


def line_key(secret: bytes, body: Body) -> bytes:
    """The key that opens the line of this body, and no other line."""
    return derive(secret, _USE, salt=_sealed(body)[:SALT_BYTES])


def open_body(key: bytes, kind: EventType, body: Body) -> dict[str, Any]:
    """What a line says, by its own key. Raises `BadSealError` when that is not its key."""
    opened = json.loads(unseal_with(key, _sealed(body)[SALT_BYTES:], bound=kind.encode()))
    if not isinstance(opened, dict):
        raise BadSealError("no object")
    return opened


def _sealed(body: Body) -> bytes:
    return base64.b64decode(str(body["sealed"]))

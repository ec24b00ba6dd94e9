"""Who may use the agent from the network: whoever shows its token.

The token is one random text in a file that only the agent's user can read. A program gets it from
a person (`hub-agent token`), or by asking while the agent is open for pairing.
"""

import re
import secrets
from pathlib import Path
from typing import Final

import structlog

from hub_agent.clock import Clock
from hub_agent.errors import RefusedError
from voices.durable import DiskFiles

log = structlog.get_logger(__name__)

TOKEN_BYTES: Final = 32
PAIRING_S: Final = 300.0
"""How long the agent stays open after somebody at it asked for that."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,256}")
_MAX_FILE_BYTES: Final = 1024


class Access:
    """The token, and whether it is given away now.

    `load`, `renew`, `was_paired` and `note_pairing` read and write files: not on the event loop.
    """

    def __init__(self, token_file: Path, paired_file: Path, clock: Clock) -> None:
        self._token_file = token_file
        self._paired_file = paired_file
        self._clock = clock
        self._token = ""
        self._open_until = 0.0

    def load(self) -> str:
        """The token, made when there is none. Raises `OSError`."""
        try:
            kept = DiskFiles().read(self._token_file, _MAX_FILE_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            return self.renew()
        if not _TOKEN.fullmatch(kept.strip()):
            log.warning("the token cannot be used and is replaced")
            return self.renew()
        self._token = kept.strip()
        return self._token

    def renew(self) -> str:
        """Another token; whoever has the old one is no longer let in. Raises `OSError`."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        DiskFiles().write(self._token_file, f"{token}\n".encode())
        self._token = token
        return token

    def admits(self, shown: str) -> bool:
        """Whether this is the token; takes as long for a wrong one as for the right one."""
        taken = shown.encode("utf-8", "surrogateescape")  # bytes of a header that are no text
        return bool(self._token) and secrets.compare_digest(taken, self._token.encode())

    def was_paired(self) -> bool:
        """Whether any program ever got the token by asking."""
        return self._paired_file.exists()

    @property
    def pairing(self) -> bool:
        """Whether the token is given to the next that asks."""
        return self._clock.monotonic() < self._open_until

    def open_pairing(self, seconds: float = PAIRING_S) -> None:
        """Give the token to the next that asks, for so long."""
        self._open_until = max(self._open_until, self._clock.monotonic() + seconds)

    def pair(self) -> str:
        """The token, for the one that asked first; raises `RefusedError` with `pairing_closed`."""
        if not self.pairing:
            raise RefusedError(
                "the agent is not open for pairing",
                hint="hub-agent pair, then try again",
                reason="pairing_closed",
            )
        self._open_until = 0.0
        return self._token

    def note_pairing(self) -> None:
        """Remember that there was one: the agent is not open by itself again."""
        DiskFiles().write(self._paired_file, b"")

"""What voices may be called."""

import re
from typing import Final

from voices.errors import EnrolmentRefusedError

LONGEST_NAME: Final = 64

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def require_id(wanted_id: str, name: str) -> None:
    """Refuse an id or a name that nobody can be given."""
    if not _ID.fullmatch(wanted_id):
        raise EnrolmentRefusedError(
            "a voice's id is made of lower-case letters, digits, - and _, at most 32",
            hint="hub-agent voices enrol grandma",
            reason="bad_id",
        )
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise EnrolmentRefusedError(
            f"a name has 1 to {LONGEST_NAME} printable characters",
            hint="hub-agent voices enrol --help",
            reason="bad_name",
        )

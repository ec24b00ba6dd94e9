"""What a voice said, sealed under a key that only its own data key gives.

Destroying the data key, as a withdrawal does, makes every copy of it unreadable.
"""

from collections.abc import Callable
from contextlib import suppress

from voices.errors import VoicesError
from voices.phrase_files import PhraseFiles
from voices.vault.crypto import KEY_BYTES, BadSealError, derive, mac, seal, unseal
from voices.vault.parts import Part
from voices.vault.secret import Secret


class Phrases:
    """The phrases of one part of a voice, for whoever was permitted to use it.

    A phrase is found by all that determines it, of which nothing can be told from its file.
    """

    def __init__(
        self, files: PhraseFiles, part: Part, key: Secret, is_current: Callable[[], bool]
    ) -> None:
        self._files = files
        self._owner = owner_of(part)
        self._key = key
        self._is_current = is_current

    def recall(self, phrase: bytes) -> bytes | None:
        """What was kept of `phrase`; a file that was changed is removed."""
        name = self._name(phrase)
        sealed = self._files.read(self._owner, name)
        if sealed is None:
            return None
        try:
            return unseal(self._key.view(), sealed, use="phrase", bound=name.encode())
        except BadSealError:
            self._files.remove(self._owner, name)
            return None

    def keep(self, phrase: bytes, content: bytes, *, max_bytes: int) -> None:
        """Keep what `phrase` sounds like, in a cache of at most `max_bytes` in all.

        Of a voice that was withdrawn or changed meanwhile nothing stays.
        """
        name = self._name(phrase)
        sealed = seal(self._key.view(), content, use="phrase", bound=name.encode())
        self._files.write(self._owner, name, sealed, max_bytes=max_bytes)
        with suppress(VoicesError):
            if self._is_current():
                return
        self._files.remove(self._owner, name)

    def _name(self, phrase: bytes) -> str:
        return mac(derive(self._key.view(), "phrase.name", salt=bytes(KEY_BYTES)), phrase)


def owner_of(part: Part) -> str:
    """The name of its folder: as random as the part's own."""
    return part.file.rpartition("/")[2].partition(".")[0]

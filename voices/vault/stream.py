"""Long content in chunks, each authenticated, none of which can be moved, dropped or added.

The STREAM construction: the nonce counts the chunks and marks the last one. A header in clear
is bound to every chunk. The key must be used for one content only.
"""

from collections.abc import Iterator
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voices.durable import Data
from voices.vault.crypto import TAG_BYTES, BadSealError

CHUNK_BYTES = 65536
_SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


def seal_stream(key: bytes, plain: Data, *, header: bytes) -> bytearray:
    """Encrypt all of `plain`."""
    cipher, bound = AESGCM(key), sha256(header).digest()
    sealed = bytearray()
    for nonce, start, end in _chunks(len(plain), CHUNK_BYTES):
        sealed += cipher.encrypt(nonce, memoryview(plain)[start:end], bound)
    return sealed


def open_stream(key: bytes, sealed: Data, *, header: bytes) -> bytearray:
    """All of what `seal_stream` was given; nothing when any of it was changed."""
    cipher, bound = AESGCM(key), sha256(header).digest()
    plain = bytearray()
    try:
        for nonce, start, end in _chunks(len(sealed), _SEALED_CHUNK_BYTES):
            plain += cipher.decrypt(nonce, memoryview(sealed)[start:end], bound)
    except (InvalidTag, ValueError) as error:
        plain[:] = bytes(len(plain))
        raise BadSealError("a chunk was changed or is missing") from error
    return plain


def _chunks(size: int, chunk: int) -> Iterator[tuple[bytes, int, int]]:
    """Nonce, start and end of each chunk; the last one has from 1 to `chunk` bytes, or all 0."""
    count = max(1, -(-size // chunk))
    for index in range(count):
        is_last = index == count - 1
        nonce = index.to_bytes(11, "big") + bytes([is_last])
        yield nonce, index * chunk, min(size, (index + 1) * chunk)

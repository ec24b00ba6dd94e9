"""The few ways in which the vault uses cryptography; no key is used for two messages.

Everything sealed gets a key of its own, derived with a fresh random salt, so that a nonce can
never meet the same key twice.
"""

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from voices.durable import Data
from voices.vault.secret import Secret

KEY_BYTES = 32
SALT_BYTES = 32
TAG_BYTES = 16
_PREFIX = b"hubvoice/1/"
# Right because each of these keys seals one message only.
_ONLY_NONCE = bytes(12)


class BadSealError(ValueError):
    """Not sealed with this key, or changed since."""


def random_key() -> Secret:
    """A fresh key."""
    return Secret(os.urandom(KEY_BYTES))


def derive(key: Data, use: str, *, salt: bytes, context: bytes = b"") -> bytes:
    """A key for one use, from which neither `key` nor any other of its keys can be told."""
    info = _PREFIX + use.encode() + b"\0" + context
    return HKDF(SHA256(), KEY_BYTES, salt, info).derive(key)


def seal(key: Data, plain: Data, *, use: str, bound: bytes) -> bytes:
    """Encrypt one message; `bound` must be the same when it is opened."""
    salt = os.urandom(SALT_BYTES)
    return salt + AESGCM(derive(key, use, salt=salt)).encrypt(_ONLY_NONCE, plain, bound)


def unseal(key: Data, sealed: Data, *, use: str, bound: bytes) -> bytes:
    """What `seal` was given."""
    if len(sealed) < SALT_BYTES + TAG_BYTES:
        raise BadSealError("too short")
    salt = bytes(sealed[:SALT_BYTES])
    return unseal_with(derive(key, use, salt=salt), sealed[SALT_BYTES:], bound=bound)


def unseal_with(derived: bytes, sealed: Data, *, bound: bytes) -> bytes:
    """What `seal` was given, by the one message's own key and without the salt before it."""
    try:
        return AESGCM(derived).decrypt(_ONLY_NONCE, bytes(sealed), bound)
    except (InvalidTag, ValueError) as error:
        raise BadSealError("changed or not ours") from error


def mac(key: Data, message: bytes) -> str:
    """A keyed checksum in hexadecimal."""
    return hmac.new(bytes(key), message, sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two checksums are equal, in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def public_half(private: Data) -> bytes:
    """The public key that belongs to a slot's private one."""
    return X25519PrivateKey.from_private_bytes(bytes(private)).public_key().public_bytes_raw()


def seal_to(public: bytes, plain: Data, *, bound: bytes) -> bytes:
    """Encrypt for whoever has the private half of `public`."""
    own = X25519PrivateKey.generate()
    point = own.public_key().public_bytes_raw()
    with Secret(own.exchange(X25519PublicKey.from_public_bytes(public))) as shared:
        return point + seal(shared.view(), plain, use="slot", bound=point + public + bound)


def unseal_from(private: Data, sealed: bytes, *, bound: bytes) -> bytes:
    """What `seal_to` was given."""
    if len(sealed) < KEY_BYTES:
        raise BadSealError("too short")
    point, rest = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
    own = X25519PrivateKey.from_private_bytes(bytes(private))
    public = own.public_key().public_bytes_raw()
    try:
        exchanged = own.exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError as error:
        raise BadSealError("no point of the curve") from error
    with Secret(exchanged) as shared:
        return unseal(shared.view(), rest, use="slot", bound=point + public + bound)

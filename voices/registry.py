"""Recognising a voice that is already known, without keeping what could rebuild it.

A template is a speaker embedding turned by a keyed rotation. Cosines between templates of one
vault are those of the embeddings; without the vault's key a template tells nothing about the
voice. Templates outlive revocation, so that nobody else can enrol that voice again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from numpy.typing import NDArray

from voices.speaker.similarity import cosine

Template: TypeAlias = NDArray[np.float32]

EMBEDDING_SIZE: Final = 256
_ROUNDS: Final = 3
"""Sign flips and a Hadamard transform: three rounds mix every coordinate into every other."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How near a known voice is: cosine, 1 is the same."""

    key: str
    cosine: float


def template_of(embedding: Template, secret: bytes) -> Template:
    """`embedding` (256 floats, unit length) turned by the rotation that `secret` (32 bytes) is."""
    if embedding.shape != (EMBEDDING_SIZE,):
        raise ValueError("a speaker embedding has 256 numbers")
    turned = embedding.astype(np.float64)
    for signs in _signs(secret):
        turned = _hadamard(turned * signs)
    return turned.astype(np.float32)


def nearest(template: Template, known: Mapping[str, Template]) -> list[Resemblance]:
    """All known voices by resemblance, the nearest first."""
    scores = [Resemblance(key, cosine(template, other)) for key, other in known.items()]
    return sorted(scores, key=lambda score: -score.cosine)


def _signs(secret: bytes) -> NDArray[np.float64]:
    stream = Cipher(ChaCha20(secret, bytes(16)), mode=None).encryptor()
    raw = np.frombuffer(stream.update(bytes(_ROUNDS * EMBEDDING_SIZE // 8)), np.uint8)
    bits = np.unpackbits(raw).reshape(_ROUNDS, EMBEDDING_SIZE)
    return 1.0 - 2.0 * bits.astype(np.float64)


def _hadamard(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Walsh-Hadamard transform, scaled to keep lengths."""
    turned, half = vector, 1
    while half < vector.size:
        pairs = turned.reshape(-1, 2, half)
        turned = np.stack((pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]), 1).reshape(-1)
        half *= 2
    return np.asarray(turned / np.sqrt(vector.size))

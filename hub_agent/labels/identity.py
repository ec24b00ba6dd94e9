"""Who signs content credentials: a root and a leaf certificate that this agent makes for itself.

`root.pem` and `leaf.pem` hold a private key and certificates; `root.crt`, the root certificate
alone, is what others may be given to recognise the signature. No certificate names anybody.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub_agent.errors import RefusedError
from voices.durable import DiskFiles

ROOT_LASTS: Final = timedelta(days=10 * 365)
LEAF_LASTS: Final = timedelta(days=365)
RENEWED_BEFORE: Final = timedelta(days=30)
_CLOCKS_DIFFER: Final = timedelta(days=1)
_MOST_BYTES: Final = 64 * 1024
_PEM: Final = serialization.Encoding.PEM
_WRONG_FILE: Final = (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound)


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """PEM: the leaf's private key, and its chain, leaf first."""

    key: bytes = field(repr=False)
    chain: bytes


@dataclass(frozen=True, slots=True)
class _Holder:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def signing_identity(folder: Path, now: datetime) -> SigningIdentity:
    """The identity in `folder`, made on first use; a leaf that ends soon is replaced. Blocking.

    Raises `RefusedError` when the folder cannot be used or holds something else.
    """
    try:
        return _identity(folder, now)
    except (OSError, *_WRONG_FILE) as error:
        raise RefusedError(
            f"the signing key in {folder} cannot be used",
            hint=f"ls -l {folder}; without that folder a new key is made",
            reason="bad_signing_key",
        ) from error


def _identity(folder: Path, now: datetime) -> SigningIdentity:
    files = DiskFiles()
    files.make_folder(folder)
    root = _stored(folder / "root.pem")
    if root is None or _ends_soon(root, now):
        root = _root(now)
        files.write(folder / "root.pem", _pem(root))
        files.write(folder / "root.crt", root.certificate.public_bytes(_PEM))
    leaf = _stored(folder / "leaf.pem")
    if leaf is None or _ends_soon(leaf, now) or not _signed(leaf, root):
        leaf = _leaf(root, now)
        files.write(folder / "leaf.pem", _pem(leaf))
    chain = leaf.certificate.public_bytes(_PEM) + root.certificate.public_bytes(_PEM)
    return SigningIdentity(key=_key_pem(leaf), chain=chain)


def _stored(path: Path) -> _Holder | None:
    try:
        content = DiskFiles().read(path, _MOST_BYTES)
    except FileNotFoundError:
        return None
    key = serialization.load_pem_private_key(content, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not a key of an elliptic curve")
    return _Holder(key, x509.load_pem_x509_certificate(content))


def _ends_soon(holder: _Holder, now: datetime) -> bool:
    return holder.certificate.not_valid_after_utc - now < RENEWED_BEFORE


def _signed(leaf: _Holder, root: _Holder) -> bool:
    return leaf.certificate.issuer == root.certificate.subject and _key_id(
        leaf.certificate, x509.AuthorityKeyIdentifier
    ) == _key_id(root.certificate, x509.SubjectKeyIdentifier)


def _key_id(
    certificate: x509.Certificate,
    kind: type[x509.AuthorityKeyIdentifier] | type[x509.SubjectKeyIdentifier],
) -> bytes | None:
    return certificate.extensions.get_extension_for_class(kind).value.key_identifier


def _root(now: datetime) -> _Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Hub Agent root")
    builder = _builder(key, name, name, now, ROOT_LASTS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return _Holder(key, builder.sign(key, hashes.SHA256()))


def _leaf(root: _Holder, now: datetime) -> _Holder:
    """As C2PA asks for: digitalSignature, emailProtection, key identifiers."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    subject = _name("Hub Agent speech")
    builder = _builder(key, subject, root.certificate.subject, now, LEAF_LASTS)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(usage, critical=False)
    builder = builder.add_extension(authority, critical=False)
    return _Holder(key, builder.sign(root.key, hashes.SHA256()))


def _builder(
    key: ec.EllipticCurvePrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hub Agent"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(holder: _Holder) -> bytes:
    return _key_pem(holder) + holder.certificate.public_bytes(_PEM)


def _key_pem(holder: _Holder) -> bytes:
    return holder.key.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

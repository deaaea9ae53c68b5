"""Check SSH signatures where there is no ``ssh-keygen``, with the library ``cryptography``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pushspec.approvals.keys import BlobReader
from pushspec.approvals.sshsig import SignatureError
from pushspec.language import phrase

if TYPE_CHECKING:
    from pushspec.approvals.sshsig import Signature


def verify_without_openssh(message: bytes, signature: Signature) -> None:
    """Check that a signature was made over a message with the key that it names.

    Raises:
        SignatureError: It was not, or the library is not installed.
    """
    try:
        from cryptography.exceptions import InvalidSignature
    except ImportError:
        raise SignatureError(
            phrase("neither ssh-keygen nor the package cryptography is here to check it; install one of them")
        ) from None
    try:
        _check(signature, _signed_by_key(signature, message))
    except SignatureError:
        raise
    except (InvalidSignature, ValueError):
        raise SignatureError(phrase("it does not fit the statement")) from None


def _signed_by_key(signature: Signature, message: bytes) -> bytes:
    """Return what the key signed; a security key wraps it (openssh-portable, PROTOCOL.u2f)."""
    signed = signature.signed_bytes(message)
    if not signature.device:
        return signed
    application = _fields(signature)[-1]
    return hashlib.sha256(application).digest() + signature.device + hashlib.sha256(signed).digest()


def _fields(signature: Signature) -> list[bytes]:
    """Return the fields of the key behind its type."""
    reader = BlobReader(signature.key.blob)
    kind = reader.string()
    count = {b"ssh-ed25519": 1, b"sk-ecdsa-sha2-nistp256@openssh.com": 3}.get(kind, 2)
    return [reader.string() for _ in range(count)]


def _check(signature: Signature, signed: bytes) -> None:
    kind = signature.key.kind
    if kind in {"ssh-ed25519", "sk-ssh-ed25519@openssh.com"}:
        _check_ed25519(signature, signed)
    elif kind == "ssh-rsa":
        _check_rsa(signature, signed)
    else:
        _check_ecdsa(signature, signed)


def _check_ed25519(signature: Signature, signed: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(_fields(signature)[0]).verify(signature.value, signed)


def _check_rsa(signature: Signature, signed: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256, SHA512

    exponent, modulus = (int.from_bytes(field, "big") for field in _fields(signature))
    hashing = SHA512() if signature.algorithm == "rsa-sha2-512" else SHA256()
    RSAPublicNumbers(exponent, modulus).public_key().verify(signature.value, signed, PKCS1v15(), hashing)


def _check_ecdsa(signature: Signature, signed: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

    curves = {
        b"nistp256": (ec.SECP256R1(), SHA256()),
        b"nistp384": (ec.SECP384R1(), SHA384()),
        b"nistp521": (ec.SECP521R1(), SHA512()),
    }
    name, point = _fields(signature)[:2]
    if name not in curves or not signature.key.kind.removesuffix("@openssh.com").endswith(name.decode()):
        raise SignatureError(phrase("its key is on an unknown curve"))
    curve, hashing = curves[name]
    reader = BlobReader(signature.value)
    r, s = (int.from_bytes(reader.string(), "big") for _ in range(2))
    reader.end()
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashing))

"""Read and write detached OpenSSH signatures; :mod:`pushspec.approvals.verification` checks them.

The format is openssh-portable's PROTOCOL.sshsig (2026-11-28).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from pushspec.approvals.keys import BlobReader, KeyFormatError, PublicKey, read_key
from pushspec.approvals.signers import NAMESPACE
from pushspec.errors import message_of
from pushspec.language import phrase

MAX_BYTES = 64 * 1024
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_VERSION = 1
_ALGORITHMS = {
    "ssh-rsa": frozenset({"rsa-sha2-256", "rsa-sha2-512"}),
}
"""Algorithms of a signature where they are not named like the key; SHA-1 signatures of RSA do not count."""
_HASHES = frozenset({b"sha256", b"sha512"})
_DEVICE_BYTES = 5
"""Flags and a 32-bit counter (openssh-portable, PROTOCOL.u2f)."""
_TOUCHED = 0x01
_PIN = 0x04


class SignatureError(ValueError):
    """Why a signature does not count."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was read, and not checked yet.

    Attributes:
        key: The key that it claims to be made with.
        hash_name: The hash of the message, ``sha256`` or ``sha512``.
        algorithm: How the key signed.
        value: The signature itself, in the algorithm's own form.
        device: What a security key adds: its flags and counter, 5 bytes; empty for other keys.
        armored: Its text, as ``ssh-keygen`` takes it.
    """

    key: PublicKey
    hash_name: str
    algorithm: str
    value: bytes
    device: bytes
    armored: bytes

    def signed_bytes(self, message: bytes) -> bytes:
        """Return what was signed: the message's hash, bound to the namespace."""
        digest = hashlib.new(self.hash_name, message).digest()
        fields = (NAMESPACE.encode(), b"", self.hash_name.encode(), digest)
        return _MAGIC + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def read_signature(data: bytes) -> Signature:
    """Read an armoured signature.

    Raises:
        SignatureError: It is not exactly one signature in our namespace, of a kind that counts.
    """
    blob = _unarmored(data)
    reader = BlobReader(blob)
    try:
        if reader.take(len(_MAGIC)) != _MAGIC or reader.number() != _VERSION:
            raise SignatureError(phrase("it is no SSH signature of version 1"))
        key = read_key(reader.string())
        namespace, reserved, hash_name, signature = (reader.string() for _ in range(4))
        reader.end()
        if namespace != NAMESPACE.encode():
            purpose = namespace[:40].decode("ascii", "backslashreplace")
            raise SignatureError(
                phrase(
                    "it was made for {purpose!r}, not for {namespace!r}", purpose=purpose, namespace=NAMESPACE
                )
            )
        if reserved or hash_name not in _HASHES:
            raise SignatureError(phrase("it uses an unknown hash or a reserved field"))
        algorithm, value, device = _inner(key, signature)
    except KeyFormatError as error:
        raise SignatureError(phrase("it cannot be read: {error}", error=message_of(error))) from None
    return Signature(key, hash_name.decode("ascii"), algorithm, value, device, _armored(blob))


def _inner(key: PublicKey, signature: bytes) -> tuple[str, bytes, bytes]:
    reader = BlobReader(signature)
    algorithm = reader.string().decode("ascii", "replace")
    if algorithm not in _ALGORITHMS.get(key.kind, {key.kind}):
        raise SignatureError(
            phrase("signatures of type {algorithm!r} do not count", algorithm=algorithm[:40])
        )
    value = reader.string()
    device = reader.take(_DEVICE_BYTES) if key.is_security_key else b""
    reader.end()
    if device and not device[0] & _TOUCHED:
        raise SignatureError(phrase("its security key was not touched"))
    if device and device[0] & ~(_TOUCHED | _PIN):
        raise SignatureError(phrase("its security key set an unknown flag"))
    return algorithm, value, device


def _unarmored(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise SignatureError(phrase("it is larger than {max_bytes:,} bytes", max_bytes=MAX_BYTES))
    try:
        lines = data.decode("ascii").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise SignatureError(phrase("it is not ASCII text")) from None
    if any(line.endswith("\r") for line in lines):
        raise SignatureError(phrase("its lines end with CR LF; keep approvals/** as -text in .gitattributes"))
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise SignatureError(phrase("it is not one armoured SSH signature"))
    try:
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        raise SignatureError(phrase("its text is not base64")) from None


def _armored(blob: bytes) -> bytes:
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join((_BEGIN, *lines, _END, "")).encode("ascii")

"""Public keys of SSH: their wire form, which kinds count, and how people name them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from pushspec.language import phrase

KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
"""Kinds of key that may approve. Certificates are not among them: they would move the decision to whoever
runs the authority."""

MIN_RSA_BITS = 2048


class KeyFormatError(ValueError):
    """The bytes are not a public key that may approve."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key.

    Attributes:
        kind: One of :data:`KEY_TYPES`.
        blob: Its wire form (RFC 4253, section 6.6).
    """

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """``SHA256:`` and the digest in base64 without padding, as ``ssh-keygen -l`` prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii")
        return f"SHA256:{digest.rstrip('=')}"

    @property
    def is_security_key(self) -> bool:
        """Whether the key lives in a device that is touched to sign."""
        return self.kind.startswith("sk-")

    @property
    def text(self) -> str:
        """The key as one line of a public key file, without a comment."""
        return f"{self.kind} {base64.b64encode(self.blob).decode('ascii')}"


class BlobReader:
    """Reads the length-prefixed fields of SSH's wire form (RFC 4251, section 5)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes.

        Raises:
            KeyFormatError: There are fewer.
        """
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise KeyFormatError(phrase("it ends too early"))
        self._at += count
        return taken

    def number(self) -> int:
        """Return the next unsigned 32-bit number."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Return the next string: its length, then its bytes."""
        return self.take(self.number())

    def end(self) -> None:
        """Check that nothing is left.

        Raises:
            KeyFormatError: Something is.
        """
        if self._at != len(self._data):
            raise KeyFormatError(phrase("something follows its end"))


def read_key(blob: bytes) -> PublicKey:
    """Read the wire form of a public key.

    Raises:
        KeyFormatError: It is not one key of a kind that may approve, or it is too weak.
    """
    reader = BlobReader(blob)
    kind = reader.string().decode("ascii", "replace")
    if kind not in KEY_TYPES:
        raise KeyFormatError(phrase("keys of type {kind!r} do not count", kind=kind[:40]))
    if kind == "ssh-rsa":
        reader.string()
        bits = int.from_bytes(reader.string(), "big").bit_length()
        if bits < MIN_RSA_BITS:
            raise KeyFormatError(
                phrase(
                    "an RSA key of {bits} bits is too short; {min_rsa_bits} is the least",
                    bits=bits,
                    min_rsa_bits=MIN_RSA_BITS,
                )
            )
    else:
        for _ in range(_FIELDS[kind]):
            reader.string()
    reader.end()
    return PublicKey(kind, blob)


_FIELDS = {
    "ssh-ed25519": 1,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519@openssh.com": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
"""How many strings follow the type, for each kind but RSA (openssh-portable, PROTOCOL.u2f and RFC 5656)."""

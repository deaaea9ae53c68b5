"""Signatures of every kind that counts, checked by ssh-keygen and by the library, with the same verdict."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pushspec.approvals.crypto import verify_without_openssh
from pushspec.approvals.sshsig import Signature, SignatureError, read_signature
from pushspec.approvals.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from approvals.kit import KeyPair

MESSAGE = b'{"campaign": "sale"}\n'
ADA = "ada@acme.com"
KINDS = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048), ("rsa", 3072)]


def by_openssh(message: bytes, signature: Signature) -> None:
    verify(message, signature, ADA)


both = pytest.mark.parametrize("check", [by_openssh, verify_without_openssh], ids=["ssh-keygen", "library"])


@both
@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_a_signature_over_these_bytes_is_good(
    check: Callable[[bytes, Signature], None],
    kind: str,
    bits: int | None,
    make_key: Callable[..., KeyPair],
) -> None:
    """Each kind of key that people use with git."""
    signature = read_signature(make_key(kind=kind, bits=bits).sign(MESSAGE))

    check(MESSAGE, signature)


@both
@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_one_changed_byte_makes_it_bad(
    check: Callable[[bytes, Signature], None],
    kind: str,
    bits: int | None,
    make_key: Callable[..., KeyPair],
) -> None:
    """A statement that was edited after it was signed counts for nothing."""
    signature = read_signature(make_key(kind=kind, bits=bits).sign(MESSAGE))

    with pytest.raises(SignatureError, match="does not fit"):
        check(MESSAGE.replace(b"sale", b"sail"), signature)


def test_a_signature_for_git_does_not_approve_a_push(make_key: Callable[..., KeyPair]) -> None:
    """The same key signs commits; a commit must not become an approval."""
    with pytest.raises(SignatureError, match="made for 'git'"):
        read_signature(make_key().sign(MESSAGE, namespace="git"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda armored: armored + b"junk\n",
        lambda armored: b"junk\n" + armored,
        lambda armored: armored.replace(b"\n", b"\r\n"),
        lambda armored: armored.replace(b"BEGIN", b"BEGUN"),
        lambda _armored: b"",
        lambda _armored: b"x" * 100_000,
        lambda armored: armored[:80],
        lambda armored: armored.replace(b"U1NIU0lH", b"U1NIU0lI"),
        lambda armored: rearmored(armored, lambda blob: blob + b"\0"),
        lambda armored: rearmored(armored, lambda blob: blob[:-1]),
    ],
)
def test_what_is_not_exactly_one_signature_is_refused(
    spoil: Callable[[bytes], bytes], make_key: Callable[..., KeyPair]
) -> None:
    """Nothing may be left over in the blob or around the armour."""
    with pytest.raises(SignatureError):
        read_signature(spoil(make_key().sign(MESSAGE)))


def rearmored(armored: bytes, change: Callable[[bytes], bytes]) -> bytes:
    lines = armored.decode().splitlines()
    blob = change(base64.b64decode("".join(lines[1:-1])))
    return "\n".join((lines[0], base64.b64encode(blob).decode(), lines[-1], "")).encode()


def field(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def security_key_signature(flags: int, *, after: bytes = b"") -> bytes:
    """Sign as a device does, which no test machine has (openssh-portable, PROTOCOL.u2f)."""
    key, application = Ed25519PrivateKey.from_private_bytes(b"k" * 32), b"ssh:"
    kind = b"sk-ssh-ed25519@openssh.com"
    public = field(kind) + field(key.public_key().public_bytes_raw()) + field(application)
    signed = b"SSHSIG" + field(b"pushspec") + field(b"") + field(b"sha512")
    signed += field(hashlib.sha512(MESSAGE).digest())
    device = bytes([flags]) + (7).to_bytes(4, "big")
    value = key.sign(hashlib.sha256(application).digest() + device + hashlib.sha256(signed).digest())
    inner = field(kind) + field(value) + device + after
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + field(public) + field(b"pushspec") + field(b"")
    blob += field(b"sha512") + field(inner)
    text = base64.b64encode(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n".encode()


@both
@pytest.mark.parametrize("flags", [0x01, 0x05])
def test_a_touched_security_key_counts_with_and_without_a_pin(
    check: Callable[[bytes, Signature], None], flags: int
) -> None:
    """The PIN's flag is not a reason to refuse."""
    check(MESSAGE, read_signature(security_key_signature(flags)))


@pytest.mark.parametrize(
    ("flags", "after", "why"),
    [
        (0x00, b"", "not touched"),
        (0x04, b"", "not touched"),
        (0x41, b"", "unknown flag"),
        (0x01, b"x", "follows"),
    ],
)
def test_a_security_key_that_was_not_touched_does_not_count(flags: int, after: bytes, why: str) -> None:
    """A touch is what tells a person from a program that reached the agent."""
    with pytest.raises(SignatureError, match=why):
        read_signature(security_key_signature(flags, after=after))

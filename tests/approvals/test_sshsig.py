"""Signatures of every kind that counts, checked by ssh-keygen and by the library, with the same verdict."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pushspec.approvals.crypto import verify_without_openssh
from pushspec.approvals.sshsig import Signature, SignatureError, read_signature
from pushspec.approvals.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from approvals.kit import KeyPair

MESSAGE = b'{"campaign": "sale"}\n'
KINDS = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048), ("rsa", 3072)]


def by_openssh(message: bytes, signature: Signature) -> None:
    verify(message, signature)


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


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda armored: armored.replace(b"\n", b"\r\n", 1), "lines end with CR LF"),
        (lambda armored: armored + b"junk\n", "not one armoured SSH signature"),
        (lambda armored: armored.replace(b"\nU1NI", b"\n U1NI"), "not base64"),
        (lambda armored: armored.replace(b"\nU1NI", "\nÜ1NI".encode()), "not ASCII"),
    ],
)
def test_what_is_wrong_with_the_text_is_said(
    spoil: Callable[[bytes], bytes], why: str, make_key: Callable[..., KeyPair]
) -> None:
    """A checkout that changes line ends spoils every signature; without its name nobody finds that out."""
    with pytest.raises(SignatureError, match=why):
        read_signature(spoil(make_key().sign(MESSAGE)))


def test_the_text_goes_to_ssh_keygen_as_ssh_keygen_wrote_it(make_key: Callable[..., KeyPair]) -> None:
    """What is checked is made of what was read, and must be the same file."""
    armored = make_key().sign(MESSAGE)

    assert read_signature(armored).armored == armored


def rearmored(armored: bytes, change: Callable[[bytes], bytes]) -> bytes:
    lines = armored.decode().splitlines()
    blob = change(base64.b64decode("".join(lines[1:-1])))
    return "\n".join((lines[0], base64.b64encode(blob).decode(), lines[-1], "")).encode()


def field(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def armored_blob(blob: bytes) -> bytes:
    text = base64.b64encode(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n".encode()


def handmade(
    kind: str,
    sign: Callable[[bytes], bytes],
    *key_fields: bytes,
    namespace: bytes = b"pushspec",
    reserved: bytes = b"",
    hash_name: str = "sha512",
    algorithm: str = "",
    version: int = 1,
) -> bytes:
    """Sign as ``ssh-keygen`` never does, so that each field is judged by itself (PROTOCOL.sshsig)."""
    digest = hashlib.new(hash_name, MESSAGE).digest()
    bound = field(namespace) + field(reserved) + field(hash_name.encode())
    value = sign(b"SSHSIG" + bound + field(digest))
    public = field(kind.encode()) + b"".join(map(field, key_fields))
    inner = field((algorithm or kind).encode()) + field(value)
    return armored_blob(b"SSHSIG" + version.to_bytes(4, "big") + field(public) + bound + field(inner))


def ed25519(**changed: Any) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    return handmade("ssh-ed25519", key.sign, key.public_key().public_bytes_raw(), **changed)


def rsa(algorithm: str, hashing: HashAlgorithm) -> bytes:
    key = generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    modulus = numbers.n.to_bytes(257, "big")
    return handmade(
        "ssh-rsa",
        lambda signed: key.sign(signed, PKCS1v15(), hashing),
        numbers.e.to_bytes(3, "big"),
        modulus,
        algorithm=algorithm,
    )


@both
@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_both_hashes_of_a_message_count(check: Callable[[bytes, Signature], None], hash_name: str) -> None:
    """``ssh-keygen -O hashalg=sha256`` is a choice that people have."""
    check(MESSAGE, read_signature(ed25519(hash_name=hash_name)))


@both
@pytest.mark.parametrize(("algorithm", "hashing"), [("rsa-sha2-256", SHA256()), ("rsa-sha2-512", SHA512())])
def test_an_rsa_key_may_sign_with_either_hash(
    check: Callable[[bytes, Signature], None], algorithm: str, hashing: HashAlgorithm
) -> None:
    """An agent chooses; the rest of this file signs with SHA-512 only."""
    check(MESSAGE, read_signature(rsa(algorithm, hashing)))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"version": 2}, "no SSH signature of version 1"),
        ({"reserved": b"x"}, "unknown hash or a reserved field"),
        ({"hash_name": "sha384"}, "unknown hash or a reserved field"),
        ({"algorithm": "ssh-dss"}, "type 'ssh-dss' do not count"),
        ({"algorithm": "é"}, "type '\ufffd\ufffd' do not count"),
        ({"algorithm": "x" * 41}, f"type '{'x' * 40}' do not count"),
        ({"namespace": b"git\xff"}, r"made for 'git\\\\xff', not for 'pushspec'"),
        ({"namespace": b"x" * 41}, f"made for '{'x' * 40}', not for 'pushspec'"),
    ],
)
def test_a_good_signature_with_one_odd_field_does_not_count(changed: dict[str, Any], why: str) -> None:
    """Each would be good otherwise. Text of a stranger is shown up to a length."""
    with pytest.raises(SignatureError, match=why):
        read_signature(ed25519(**changed))


def test_an_rsa_signature_with_sha_1_does_not_count() -> None:
    """``ssh-rsa`` names a kind of key and a signature with SHA-1, which can be forged."""
    with pytest.raises(SignatureError, match="type 'ssh-rsa' do not count"):
        read_signature(rsa("ssh-rsa", SHA1()))


@pytest.mark.parametrize(
    ("size", "why"), [(65_536, "not one armoured"), (65_537, "larger than 65,536 bytes")]
)
def test_a_file_of_64_kib_is_read_and_not_a_byte_more(size: int, why: str) -> None:
    """Who may push a file must not be able to make a check read for ever."""
    with pytest.raises(SignatureError, match=why):
        read_signature(b"x" * size)


def test_a_signature_may_stand_on_one_line() -> None:
    """The shortest armour: how ``ssh-keygen`` breaks lines is not part of the format."""
    assert ed25519().count(b"\n") == 3
    assert read_signature(ed25519()).algorithm == "ssh-ed25519"


def test_armour_without_anything_in_it_is_refused() -> None:
    """It has its two lines, and no signature."""
    with pytest.raises(SignatureError, match="not one armoured"):
        read_signature(b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n")


def mpint(number: int) -> bytes:
    return field(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def ed25519_device() -> tuple[bytes, bytes, Callable[[bytes], bytes]]:
    key, kind = Ed25519PrivateKey.from_private_bytes(b"k" * 32), b"sk-ssh-ed25519@openssh.com"
    return kind, field(kind) + field(key.public_key().public_bytes_raw()), key.sign


def ecdsa_device() -> tuple[bytes, bytes, Callable[[bytes], bytes]]:
    key, kind = ec.generate_private_key(ec.SECP256R1()), b"sk-ecdsa-sha2-nistp256@openssh.com"
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(signed: bytes) -> bytes:
        return b"".join(map(mpint, decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))))

    return kind, field(kind) + field(b"nistp256") + field(point), sign


def security_key_signature(
    flags: int,
    *,
    device: Callable[[], tuple[bytes, bytes, Callable[[bytes], bytes]]] = ed25519_device,
    after: bytes = b"",
) -> bytes:
    """Sign as a device does, which no test machine has (openssh-portable, PROTOCOL.u2f)."""
    (kind, key, sign), application = device(), b"ssh:"
    signed = b"SSHSIG" + field(b"pushspec") + field(b"") + field(b"sha512")
    signed += field(hashlib.sha512(MESSAGE).digest())
    added = bytes([flags]) + (7).to_bytes(4, "big")
    value = sign(hashlib.sha256(application).digest() + added + hashlib.sha256(signed).digest())
    inner = field(kind) + field(value) + added + after
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + field(key + field(application)) + field(b"pushspec")
    return armored_blob(blob + field(b"") + field(b"sha512") + field(inner))


@both
@pytest.mark.parametrize("device", [ed25519_device, ecdsa_device])
def test_a_security_key_of_either_kind_counts_and_not_over_other_bytes(
    check: Callable[[bytes, Signature], None],
    device: Callable[[], tuple[bytes, bytes, Callable[[bytes], bytes]]],
) -> None:
    """Makers of devices offer one or the other."""
    signature = read_signature(security_key_signature(0x01, device=device))

    check(MESSAGE, signature)
    with pytest.raises(SignatureError, match="does not fit"):
        check(MESSAGE + b" ", signature)


@both
def test_nothing_may_follow_the_numbers_of_a_signature(check: Callable[[bytes, Signature], None]) -> None:
    """One signature has one form: with something behind it, it would be another line that counts, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(signed: bytes) -> bytes:
        return b"".join(map(mpint, decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))))

    def with_more(signed: bytes) -> bytes:
        return sign(signed) + mpint(1)

    check(MESSAGE, read_signature(handmade("ecdsa-sha2-nistp256", sign, b"nistp256", point)))
    with pytest.raises(SignatureError, match="does not fit"):
        check(MESSAGE, read_signature(handmade("ecdsa-sha2-nistp256", with_more, b"nistp256", point)))


@pytest.mark.parametrize("curve", [b"nistp192", b"nistp384", b"\xff"])
def test_a_key_on_a_curve_of_another_name_does_not_count(curve: bytes) -> None:
    """Its kind says one curve, its own field another: ssh-keygen takes no such key."""
    key = ec.generate_private_key(ec.SECP384R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(signed: bytes) -> bytes:
        return b"".join(map(mpint, decode_dss_signature(key.sign(signed, ec.ECDSA(SHA384())))))

    signature = read_signature(handmade("ecdsa-sha2-nistp256", sign, curve, point))
    with pytest.raises(SignatureError, match="does not fit"):
        by_openssh(MESSAGE, signature)
    with pytest.raises(SignatureError, match="its key is on an unknown curve"):
        verify_without_openssh(MESSAGE, signature)


@both
@pytest.mark.parametrize("value", [b"", mpint(1), mpint(1) + mpint(1), mpint(1) * 3])
def test_a_signature_of_the_wrong_form_does_not_fit(
    check: Callable[[bytes, Signature], None], value: bytes
) -> None:
    """Neither a crash nor a yes."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    signature = read_signature(handmade("ecdsa-sha2-nistp256", lambda _: value, b"nistp256", point))

    with pytest.raises(SignatureError):
        check(MESSAGE, signature)


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

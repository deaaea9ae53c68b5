"""Public keys in SSH's wire form: each kind that may approve, with as many fields as OpenSSH writes."""

from __future__ import annotations

import pytest

from pushspec.approvals.keys import KeyFormatError, read_key

FIELDS = {
    "ssh-ed25519": 1,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519@openssh.com": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
"""Strings behind the kind (RFC 5656, and openssh-portable, PROTOCOL.u2f)."""


def _blob(kind: str, *fields: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in (kind.encode(), *fields))


@pytest.mark.parametrize("kind", FIELDS)
def test_a_key_of_each_kind_is_read_with_its_fields_and_no_others(kind: str) -> None:
    """A kind left out would lock people out; a field too many could hide another key."""
    fields = [b"x"] * FIELDS[kind]

    assert read_key(_blob(kind, *fields)).kind == kind
    with pytest.raises(KeyFormatError, match="follows its end"):
        read_key(_blob(kind, *fields, b"x"))
    with pytest.raises(KeyFormatError, match="ends too early"):
        read_key(_blob(kind, *fields[1:]))


@pytest.mark.parametrize(("bits", "counts"), [(2048, True), (2047, False)])
def test_an_rsa_key_needs_2048_bits(bits: int, counts: bool) -> None:
    """Shorter ones can be broken."""
    blob = _blob("ssh-rsa", b"\x01\x00\x01", (1 << (bits - 1)).to_bytes(257, "big"))

    if counts:
        assert read_key(blob).kind == "ssh-rsa"
    else:
        with pytest.raises(KeyFormatError, match="2047 bits is too short"):
            read_key(blob)


@pytest.mark.parametrize("kind", [b"ssh-dss", b"ssh-ed25519-cert-v01@openssh.com", b"ssh-\xff"])
def test_other_kinds_do_not_count(kind: bytes) -> None:
    """A certificate would move the decision to whoever runs the authority; junk is no reason to break."""
    with pytest.raises(KeyFormatError, match="do not count"):
        read_key(len(kind).to_bytes(4, "big") + kind)


def test_a_long_kind_is_cut() -> None:
    """What a stranger writes there fills no screen."""
    kind = b"x" * 41

    with pytest.raises(KeyFormatError, match=rf"of type '{'x' * 40}' do not count"):
        read_key(len(kind).to_bytes(4, "big") + kind)

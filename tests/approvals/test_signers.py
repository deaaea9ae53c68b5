"""Which lines of an ``allowed_signers`` file name a person who may approve."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pushspec.approvals.signers import MAX_LINES, read_signers

if TYPE_CHECKING:
    from collections.abc import Callable

    from approvals.kit import KeyPair


@pytest.fixture(scope="session")
def key(make_key: Callable[..., KeyPair]) -> str:
    """A public key."""
    return make_key().public


@pytest.mark.parametrize(
    "line",
    [
        "ada@acme.com {key}",
        "ada@acme.com {key} ada's laptop",
        '"ada@acme.com" {key}',
        "Ada@Acme.COM\t{key}",
        'ada@acme.com namespaces="git,pushspec" {key}',
        'ada@acme.com NAMESPACES="pushspec" {key}',
        'ada@acme.com namespaces="pushspec",valid-after="20260101Z",valid-before="20270101Z" {key}',
    ],
)
def test_a_whole_address_with_a_key_counts(line: str, key: str) -> None:
    """What ssh-keygen(1) documents and one person can be held to."""
    signers = read_signers(f"# people\n\n{line.format(key=key)}\n".encode())

    assert signers.principals == {"ada@acme.com"}
    assert signers.warnings == ()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("*@acme.com {key}", "is a pattern"),
        ("a?a@acme.com {key}", "is a pattern"),
        ("!eve@acme.com,ada@acme.com {key}", "is a pattern"),
        ("ada {key}", "is not an e-mail address"),
        ("ada@acme.com,,lin@acme.com {key}", "is not an e-mail address"),
        ("ada@acme.com cert-authority {key}", "certificates do not count"),
        ('ada@acme.com cert-authority,namespaces="pushspec" {key}', "certificates do not count"),
        ("ada@acme.com ssh-ed25519-cert-v01@openssh.com AAAA", "certificates do not count"),
        ('ada@acme.com namespaces="git" {key}', "leave out 'pushspec'"),
        ('ada@acme.com namespaces="push*" {key}', "leave out 'pushspec'"),
        ("ada@acme.com no-touch-required {key}", "unknown option 'no-touch-required'"),
        ('ada@acme.com valid-after="yesterday" {key}', "is not a time"),
        ('ada@acme.com valid-after="20260230Z" {key}', "does not exist"),
        ('ada@acme.com valid-after="20260101Z",valid-after="20250101Z" {key}', "valid-after twice"),
        ("ada@acme.com namespaces {key}", "needs a value in quotes"),
        ("ada@acme.com", "has no key"),
        ("ada@acme.com ssh-ed25519 AAA?", "is not base64"),
        ("ada@acme.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "cannot be used"),
        ("ada@acme.com ssh-dss AAAAB3NzaC1kc3M=", "do not count"),
        ("ada@acme.com {key}\r", "CR LF"),
        ("ada\u200b@acme.com {key}", "invisible"),
        ("ada\u200b@acme.com\t{key}", "invisible"),
        ("random junk \x00 here", "does not count"),
    ],
)
def test_a_line_that_no_single_person_can_be_held_to_is_passed_over(line: str, why: str, key: str) -> None:
    """The rest of the file still counts, and the warning names the line."""
    lin = f"lin@acme.com {key}"

    signers = read_signers(f"{line.format(key=key)}\n{lin}\n".encode())

    assert signers.principals == {"lin@acme.com"}
    assert [why in warning and warning.startswith("line 1 ") for warning in signers.warnings] == [True]


def test_the_type_before_the_key_must_be_the_key_s_own(make_key: Callable[..., KeyPair]) -> None:
    """Otherwise the line shows one kind of key and holds another."""
    blob = make_key("ada", kind="ecdsa").public.split()[1]

    signers = read_signers(f"ada@acme.com ssh-ed25519 {blob}\n".encode())

    assert signers.lines == ()
    assert "its key is ecdsa-sha2-nistp256" in signers.warnings[0]


def test_bytes_behind_a_key_are_refused(key: str) -> None:
    """They would change the fingerprint of what is the same key."""
    kind, encoded = key.split()
    longer = base64.b64encode(base64.b64decode(encoded) + b"\0").decode()

    assert read_signers(f"ada@acme.com {kind} {longer}\n".encode()).lines == ()


def test_a_short_rsa_key_does_not_count(make_key: Callable[..., KeyPair]) -> None:
    """1,024 bits can be factored."""
    short = make_key("old", kind="rsa", bits=1024).public

    signers = read_signers(f"ada@acme.com {short}\n".encode())

    assert signers.lines == ()
    assert "1024 bits" in signers.warnings[0]


def test_a_time_without_z_is_utc_on_every_machine(key: str) -> None:
    """ssh-keygen reads it in the zone of the machine, so that laptop and runner would disagree."""
    signers = read_signers(f'ada@acme.com valid-before="202612011000" {key}\n'.encode())

    assert signers.lines[0].valid_before == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert "is read as UTC" in signers.warnings[0]


def test_a_file_too_large_to_review_names_nobody(key: str) -> None:
    """A line in the middle of thousands is no decision that anybody made."""
    signers = read_signers(f"ada@acme.com {key}\n".encode() * (MAX_LINES + 1))

    assert signers.principals == frozenset()
    assert "nobody in it counts" in signers.warnings[0]


def test_people_are_joined_by_keys_and_addresses(make_key: Callable[..., KeyPair]) -> None:
    """One key under two addresses is one person, and so are two keys under one, through chains."""
    first, second, third = (make_key(name).public for name in ("one", "two", "three"))
    lines = (
        f"ada@acme.com,ada@home.org {first}",
        f"ada@home.org {second}",
        f"a.l@acme.com {second}",
        f"lin@acme.com {third}",
    )

    signers = read_signers("\n".join(lines).encode())

    assert signers.person("ada@acme.com") == signers.person("A.L@acme.com")
    assert signers.person("lin@acme.com") != signers.person("ada@acme.com")

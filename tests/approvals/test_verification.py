"""Signatures checked by whatever this machine has: ``ssh-keygen``, else the library, else nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pushspec.approvals import verification
from pushspec.approvals.sshsig import Signature, SignatureError, read_signature
from pushspec.approvals.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from approvals.kit import KeyPair

MESSAGE = b'{"campaign": "sale"}\n'


@pytest.fixture
def signature(make_key: Callable[..., KeyPair]) -> Signature:
    """Ada's, over the message."""
    return read_signature(make_key().sign(MESSAGE))


def a_program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put another ``ssh-keygen`` before all others."""
    program = folder / "ssh-keygen"
    program.write_text(text)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_a_check_shows_nothing_of_its_own(signature: Signature, capfd: pytest.CaptureFixture[str]) -> None:
    """What ssh-keygen says of a signature would land between a plan's lines, or in its JSON."""
    verify(MESSAGE, signature)
    with pytest.raises(SignatureError, match="it does not fit the statement"):
        verify(b"else", signature)

    assert capfd.readouterr() == ("", "")


def test_the_library_checks_where_there_is_no_ssh_keygen(
    signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slim image of a runner has none."""
    monkeypatch.setenv("PATH", str(tmp_path))

    verify(MESSAGE, signature)
    with pytest.raises(SignatureError, match="it does not fit the statement"):
        verify(b"else", signature)


def test_without_either_nothing_counts_and_the_mend_is_named(
    signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that cannot check must not wave through."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)

    with pytest.raises(SignatureError, match="neither ssh-keygen nor the package cryptography"):
        verify(MESSAGE, signature)


def test_a_program_that_cannot_run_has_not_checked(
    signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither good nor bad: it says what kept it from an answer."""
    a_program(tmp_path, "#!/nowhere/at/all\n", monkeypatch)

    with pytest.raises(SignatureError, match=r"ssh-keygen did not check it \(FileNotFoundError\)"):
        verify(MESSAGE, signature)


def test_a_program_that_hangs_is_given_up(
    signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that asks somebody for something."""
    assert verification._TIMEOUT_S == 10  # long for a check that takes milliseconds
    monkeypatch.setattr(verification, "_TIMEOUT_S", 0.1)
    a_program(tmp_path, "#!/bin/sh\nexec sleep 60\n", monkeypatch)

    with pytest.raises(SignatureError, match=r"ssh-keygen did not check it \(TimeoutExpired\)"):
        verify(MESSAGE, signature)


@pytest.mark.parametrize("code", [1, 255])
def test_only_success_counts(
    code: int, signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else a program ends with is no yes."""
    a_program(tmp_path, f"#!/bin/sh\ncat >/dev/null\nexit {code}\n", monkeypatch)

    with pytest.raises(SignatureError, match="it does not fit the statement"):
        verify(MESSAGE, signature)

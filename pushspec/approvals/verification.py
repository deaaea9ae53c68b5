"""Check that a signature fits a statement, with ``ssh-keygen`` where there is one."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.approvals.crypto import verify_without_openssh
from pushspec.approvals.signers import NAMESPACE
from pushspec.approvals.sshsig import SignatureError
from pushspec.language import phrase

if TYPE_CHECKING:
    from pushspec.approvals.sshsig import Signature

_TIMEOUT_S = 10
_LABEL = "signer"
"""In place of the address, which may hold any letter and decides nothing here."""


def verify(message: bytes, signature: Signature) -> None:
    """Check that a signature was made over a message with the key that it names.

    Args:
        message: The statement's bytes.
        signature: As :func:`~pushspec.approvals.sshsig.read_signature` returned it.

    Raises:
        SignatureError: It was not, or this machine has nothing to check it with.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        verify_without_openssh(message, signature)
        return
    with tempfile.TemporaryDirectory(prefix="pushspec-") as folder:
        signers, armored = Path(folder, "signers"), Path(folder, "signature")
        signers.write_bytes(f'{_LABEL} namespaces="{NAMESPACE}" {signature.key.text}\n'.encode())
        armored.write_bytes(signature.armored)
        command = [program, "-Y", "verify", "-f", str(signers), "-I", _LABEL, "-n", NAMESPACE]
        try:
            done = subprocess.run(  # noqa: S603 - fixed words
                [*command, "-s", str(armored)],
                input=message,
                capture_output=True,
                check=False,
                timeout=_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SignatureError(
                phrase("ssh-keygen did not check it ({name})", name=type(error).__name__)
            ) from None
    if done.returncode != 0:
        raise SignatureError(phrase("it does not fit the statement"))

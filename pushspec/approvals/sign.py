"""Sign a statement with a person's SSH key, from a file or from the agent, as git signs commits."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.approvals.keys import KeyFormatError, PublicKey, read_key
from pushspec.approvals.signers import NAMESPACE
from pushspec.approvals.sshsig import SignatureError, read_signature
from pushspec.approvals.verification import verify
from pushspec.errors import UsageError, message_of
from pushspec.language import phrase
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.approvals.signers import Signers

_TIMEOUT_S = 60
"""Time for a touch or a passphrase; without a terminal nobody would see the prompt."""
_AGENT_TIMEOUT_S = 10
"""Time for the agent to name its keys, for which nobody has to touch or type anything."""
_FEW = 3
"""How many listed keys an error names."""
_KEPT = ("PATH", "HOME", "SSH_AUTH_SOCK", "DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "TERM")


def agent_keys(environ: Mapping[str, str] = os.environ) -> list[PublicKey]:
    """Return the keys that the agent holds; none where there is no agent.

    Raises:
        UsageError: It does not answer.
    """
    try:
        done = subprocess.run(
            ["ssh-add", "-L"],  # noqa: S607 - OpenSSH as the user has it
            capture_output=True,
            check=False,
            timeout=_AGENT_TIMEOUT_S,
            env=_environment(environ),
        )
    except OSError:
        return []
    except subprocess.TimeoutExpired:
        raise UsageError(
            phrase("the SSH agent did not answer within {timeout_s} s", timeout_s=_AGENT_TIMEOUT_S),
            hint=phrase("start another one, or name a file with --key"),
        ) from None
    return [key for line in done.stdout.splitlines() if (key := _public_key(line.decode("utf-8", "replace")))]


def read_public_key(path: Path) -> PublicKey:
    """Return the public half of a key file.

    Raises:
        UsageError: There is none beside it, or it is of a kind that may not approve.
    """
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        key = _public_key(public.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            phrase("{public} cannot be read: {strerror}", public=public, strerror=error.strerror),
            hint=phrase("check the path of --key; the public key lies beside the private one"),
        ) from None
    if key is None:
        raise UsageError(
            phrase("{public} holds no key that may approve", public=public),
            hint=phrase("use ed25519, ECDSA, RSA or an sk- key"),
        )
    return key


def choose_key(signers: Signers, environ: Mapping[str, str] = os.environ) -> PublicKey:
    """Return the agent's key that the signers file lists.

    Raises:
        UsageError: The agent holds none of them, or does not answer.
    """
    held = agent_keys(environ)
    for key in held:
        if signers.holds(key):
            return key
    listed = [f"{line.key.fingerprint} of {min(line.principals)}" for line in signers.lines]
    wanted = few_text(listed[:_FEW], len(listed)) if listed else "none"
    have = ", ".join(key.fingerprint for key in held) or "no key"
    raise UsageError(
        phrase("the agent holds {have}, and the signers file lists {wanted}", have=have, wanted=wanted),
        hint=phrase("load the key with ssh-add, or name a file with --key"),
    )


def sign(
    statement: bytes,
    *,
    key: PublicKey,
    key_file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> bytes:
    """Return the armoured signature of a statement, checked before it is returned.

    Args:
        statement: The statement's bytes.
        key: The public key.
        key_file: The private key; the agent's when left out.
        environ: Variables for the agent and its prompts.

    Raises:
        UsageError: It was not signed, with the reason.
    """
    with tempfile.TemporaryDirectory(prefix="pushspec-") as folder:
        public = Path(folder, "key.pub")
        public.write_text(f"{key.text}\n", encoding="ascii")
        armored = _run(statement, key_file or public, key, environ)
    try:
        _check(armored, statement, key)
    except SignatureError as error:
        raise UsageError(
            phrase("the signature does not count: {error}", error=message_of(error)),
            hint=phrase("name a key with --key"),
        ) from None
    return armored


def _check(armored: bytes, statement: bytes, key: PublicKey) -> None:
    signature = read_signature(armored)
    if signature.key != key:
        raise SignatureError(phrase("it was made with another key"))
    verify(statement, signature)


def _run(statement: bytes, key_file: Path, key: PublicKey, environ: Mapping[str, str]) -> bytes:
    # From standard input: given a file, ssh-keygen asks before it replaces a signature and keeps the old one.
    command = ["ssh-keygen", "-Y", "sign", "-f", str(key_file), "-n", NAMESPACE]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and a path
            command,
            input=statement,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            env=_environment(environ),
        )
    except FileNotFoundError:
        raise UsageError(
            phrase("ssh-keygen is not installed"), hint=phrase("install OpenSSH, or sign elsewhere: --print")
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            phrase(
                "{fingerprint} did not sign within {timeout_s} s",
                fingerprint=key.fingerprint,
                timeout_s=_TIMEOUT_S,
            ),
            hint=phrase("touch the key, or load it with ssh-add"),
        ) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(
            phrase("ssh-keygen did not sign: {said}", said=said[-1] if said else phrase("it gave no reason")),
            hint=phrase("try --key"),
        )
    return done.stdout


def _public_key(line: str) -> PublicKey | None:
    words = line.split()
    if len(words) < 2:
        return None
    import base64
    import binascii

    try:
        return read_key(base64.b64decode(words[1], validate=True))
    except (binascii.Error, KeyFormatError):
        return None


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in _KEPT if name in environ}

"""Real keys, made and used by ``ssh-keygen``."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class KeyPair:
    """A key pair on disk."""

    path: Path

    @property
    def public(self) -> str:
        """``TYPE BASE64``."""
        return " ".join(self.path.with_suffix(".pub").read_text().split()[:2])

    def sign(self, message: bytes, *, namespace: str = "pushspec") -> bytes:
        """Return the armoured signature that ``ssh-keygen`` makes."""
        command = ["ssh-keygen", "-Y", "sign", "-f", str(self.path), "-n", namespace]
        return subprocess.run(command, input=message, capture_output=True, check=True).stdout


@pytest.fixture(name="make_key", scope="session")
def key_maker(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., KeyPair]:
    """Make key pairs; the same name gives the same pair."""
    made: dict[tuple[str, str, int | None], KeyPair] = {}

    def make(name: str = "ada", *, kind: str = "ed25519", bits: int | None = None) -> KeyPair:
        if (name, kind, bits) not in made:
            path = tmp_path_factory.mktemp("keys") / "key"
            size = ["-b", str(bits)] if bits is not None else []
            command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-f", str(path)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            made[name, kind, bits] = KeyPair(path)
        return made[name, kind, bits]

    return make

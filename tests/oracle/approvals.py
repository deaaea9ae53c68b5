"""Who approved what, as the reference remembers it: real signatures over what a campaign said then."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from oracle.history import Tree
    from oracle.wishes import Wish

APPROVERS = ("lin@example.com", "rong@example.com")
SIGNERS = "approvals/signers"
LIFETIME = timedelta(hours=24)
_SLACK = timedelta(minutes=2)


@cache
def key_of(approver: str) -> Path:
    """Return a private key of an approver, made once by ssh-keygen."""
    path = Path(tempfile.mkdtemp(prefix="pushspec-oracle-key-")) / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", approver, "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def signers() -> bytes:
    """Return the file that lists who may approve."""
    keys = ((approver, key_of(approver).with_suffix(".pub").read_text()) for approver in APPROVERS)
    return "".join(f"{approver} {' '.join(key.split()[:2])}\n" for approver, key in keys).encode()


@dataclass(frozen=True)
class Given:
    """One approval.

    Attributes:
        environment: Of which environment.
        core: What the campaign said.
        files: What people had written.
        approver: Who.
        statement: The statement as it was signed, by its path.
        signature: The signature, by its path.
        expires: When it counts no more.
    """

    environment: str
    core: str
    files: Tree
    approver: str
    statement: tuple[str, bytes]
    signature: tuple[str, bytes]
    expires: datetime


@dataclass
class Approvals:
    """All approvals of a history."""

    given: list[Given] = field(default_factory=list)

    def remember(
        self, wish: Wish, environment: str, approver: str, trees: tuple[Tree, Tree], now: datetime
    ) -> None:
        """Remember what an approver signed; ``trees`` are what people had written, and the folder now."""
        files, tree = trees
        folder = f"approvals/{wish.name}@{wish.version}/{environment}"
        statement, signature = f"{folder}/statement.json", f"{folder}/{approver}.sig"
        self.given.append(
            Given(
                environment,
                wish.core,
                files,
                approver,
                (statement, tree[statement]),
                (signature, tree[signature]),
                now + LIFETIME,
            )
        )

    def people(
        self, wish: Wish, environment: str, trees: tuple[Tree, Tree], now: datetime
    ) -> tuple[int, int]:
        """Return how many people approved a campaign: for certain, and at most.

        Args:
            wish: The campaign.
            environment: Where it would be sent.
            trees: What people have written, and what the last commit holds.
            now: The moment.
        """
        files, commit = trees
        counted = [
            one
            for one in self.given
            if (one.environment, one.core) == (environment, wish.core)
            and all(commit.get(path) == data for path, data in (one.statement, one.signature))
        ]
        certain = {one.approver for one in counted if now < one.expires - _SLACK and one.files == files}
        return len(certain), len({one.approver for one in counted if now < one.expires + _SLACK})


def needed_people(wish: Wish, project: Mapping[str, Any]) -> int:
    """Return how many people a campaign needs: by the strictest rule that is about it."""
    rules = project.get("approvals", {}).get("rules", ())
    return max((rule["people"] for rule in rules if _is_about(rule.get("when"), wish)), default=0)


def _is_about(when: Mapping[str, Any] | None, wish: Wish) -> bool:
    if when is None:
        return True
    ((kind, least),) = when.items()
    if kind == "accounts":
        return bool(wish.people >= least)
    variants = wish.spec.get("variants", [{}])
    return any(kind in variant.get("audience", wish.spec.get("audience", {})) for variant in variants)

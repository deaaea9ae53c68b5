"""Accounts that a lockfile keeps as hashes, because the repository does not hold them in clear."""

from __future__ import annotations

import hashlib
import hmac
import re

_HIDDEN = re.compile(r"hmac-sha256:[0-9a-f]{32}")


def hidden_account(account: str, journal: str) -> str:
    """Return what a lockfile keeps of an account: a hash keyed by the lockfile's id.

    The key keeps two lockfiles from being compared. Whoever has the lockfile and a list of ids can still find
    out who is meant, as ``show --accounts`` does.
    """
    return "hmac-sha256:" + hmac.new(journal.encode(), account.encode(), hashlib.sha256).hexdigest()[:32]


def is_hidden(account: str) -> bool:
    """Whether a refused account is kept as a hash."""
    return _HIDDEN.fullmatch(account) is not None

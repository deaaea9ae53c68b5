"""Say what changed about who may approve since the last send, and by whom: a reviewer looks at that first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.approvals.authors import HistoryError, authors_since
from pushspec.approvals.repository import default_branch, fork_of
from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.plan.snapshots import newest_by_name
from pushspec.sanitize import printable
from pushspec.spec.project import PROJECT_FILE
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushspec.approvals.repository import Commit
    from pushspec.lockfile.state import LockState
    from pushspec.spec.approvals import ApprovalSettings

_FEW = 3
_ADDRESS_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class UnreadRules:
    """Rules of a commit that nobody can tell.

    Attributes:
        why: The reason, as words that stand alone.
    """

    why: str


@dataclass(frozen=True)
class ApprovalChanges:
    """Compares who may approve with what it was when something was sent last.

    Attributes:
        head: The commit that is checked out.
        state: What the lockfile knows; it names the commits of earlier sends.
        settings: The rules of the commit; None where it has none.
        signers: Its signers file.
        settings_in: Returns the rules of another commit; None where it has none.
    """

    head: Commit
    state: LockState
    settings: ApprovalSettings | None
    signers: bytes
    settings_in: Callable[[str], ApprovalSettings | UnreadRules | None]

    def of(self, name: str) -> tuple[str, ...]:
        """Return what a reviewer of a campaign has to know, one sentence for each file that changed.

        A name that was never sent is compared with the last send of any other, and before the first one with
        where its branch left the default branch: a new campaign may come with a new signer, too.
        """
        base, since = self._base(name)
        return tuple(self._changed(base, since)) if base else ()

    def of_unasked(self, name: str, was_asked: Callable[[ApprovalSettings], bool]) -> tuple[str, ...]:
        """Return what a reviewer has to know of a campaign that no rule asks about: that one did before.

        Args:
            name: The campaign's name.
            was_asked: Says whether rules ask for an approval of the campaign.
        """
        base, since = self._base(name)
        before = self.settings_in(base) if base else None
        if before is None or before == self.settings:
            return ()
        if not isinstance(before, UnreadRules) and not was_asked(before):
            return ()
        return (self._rules_text(base, since),)

    def _base(self, name: str) -> tuple[str, str]:
        sent = newest_by_name(self.state)
        newest = max(sent.values(), key=lambda it: it.begun_at, default=None)
        last = sent.get(name, newest)
        if last is not None and last.begin.commit:
            return last.begin.commit, phrase("since {name} was sent last", name=last.begin.name)
        branch = default_branch(self.head)
        fork = fork_of(self.head, branch) if branch is not None else ""
        return fork, phrase("against the default branch")

    def _changed(self, base: str, since: str) -> Iterator[str]:
        path = self.settings.signers if self.settings is not None else ""
        if path and replace(self.head, name=base).read(path) != self.signers:
            yield self._text(phrase("{signers} changed", signers=path), since, self._by(base, path))
        if self.settings_in(base) != self.settings:
            yield self._rules_text(base, since)

    def _rules_text(self, base: str, since: str) -> str:
        before = self.settings_in(base)
        if isinstance(before, UnreadRules):
            what = phrase(
                "approvals of {project_file} may have changed ({why})",
                project_file=PROJECT_FILE,
                why=before.why,
            )
            return self._text(what, since, self._by(base, PROJECT_FILE))
        what = phrase("approvals of {project_file} changed", project_file=PROJECT_FILE)
        return self._text(what, since, self._by(base, PROJECT_FILE, self._changes_rules))

    def _changes_rules(self, commit: str, _path: str) -> bool:
        return self.settings_in(commit) != self.settings_in(f"{commit}^")

    def _by(
        self, base: str, path: str, counts: Callable[[str, str], bool] = lambda _commit, _path: True
    ) -> str:
        try:
            found = sorted(authors_since(self.head.root, base, {path}, counts=counts))
        except HistoryError as error:
            return phrase("by whom is not known: {why}", why=message_of(error))
        if not found:
            return phrase("by whom is not known: no commit since then changes it")
        names = [printable(address, limit=_ADDRESS_CHARACTERS) for address in found[:_FEW]]
        return phrase("by {names}", names=few_text(names, len(found)))

    def _text(self, what: str, since: str, by: str) -> str:
        return phrase("{what} {since}, {by}", what=what, since=since, by=by)

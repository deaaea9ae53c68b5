"""Who approved the campaigns of a project, read from the commit that is checked out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.api.approval_changes import ApprovalChanges, UnreadRules
from pushspec.api.git_tree import blob_hash
from pushspec.api.uncommitted import Uncommitted
from pushspec.api.used_files import UsedFiles, files_of_query
from pushspec.approvals.authors import HistoryError, authors_since
from pushspec.approvals.count import MAX_FILE_BYTES, Approvals, Request, Rule, count_approvals
from pushspec.approvals.repository import committed_name, default_branch, ever_held, head
from pushspec.approvals.signers import Signers, read_signers
from pushspec.errors import UsageError, message_of
from pushspec.git import GitError
from pushspec.language import phrase, plural
from pushspec.plan.approving import approval_digest, rule_text, strictest_rule
from pushspec.plan.snapshots import newest_by_name
from pushspec.sanitize import printable
from pushspec.spec.load import read_project
from pushspec.spec.project import PROJECT_FILE
from pushspec.text import few_text

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.approvals.repository import Commit
    from pushspec.lockfile.state import LockState
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.spec.approvals import ApprovalSettings
    from pushspec.spec.project import Project


_FEW = 3
"""How many lines of a signers file that do not count are named, and how many files."""
_PATH_CHARACTERS = 100
_DIGITS = 12
"""How much of a commit's name is shown."""
_SHA1_DIGITS = 40
"""Of git's name of an object in most repositories; in others all that it saves is not saved."""


@dataclass(frozen=True)
class ApprovalReader:
    """Counts approvals for the campaigns of one plan.

    Attributes:
        project: The project, at one of its environments.
        state: What the lockfile knows; it names the commit of the last send.
        now: The moment to judge by.
    """

    project: LoadedProject
    state: LockState
    now: datetime

    def of(self, campaign: CompiledCampaign) -> Approvals | None:
        """Return who approved a campaign; None where the project asks for no approvals."""
        try:
            if not self._is_asked:
                return self._lifted(campaign) if self._may_be_lifted else None
            return self._of(campaign)
        except GitError as error:
            return _blocked(
                phrase("approvals are read from a commit: {reason}", reason=error.reason), error.hint
            )
        except UsageError as error:
            return _blocked(message_of(error), error.hint)

    @cached_property
    def _is_asked(self) -> bool:
        return asked_settings(self.project) is not None

    @cached_property
    def _may_be_lifted(self) -> bool:
        """Whether the project may have had approvals; most never had."""
        sent = newest_by_name(self.state).values()
        try:
            name = blob_hash(self.project.root, PROJECT_FILE, _SHA1_DIGITS)
            commits = [it.begin.commit for it in sent]
            return ever_held(self.project.root, PROJECT_FILE, b"approvals", commits, name=name)
        except GitError:
            return False

    def _lifted(self, campaign: CompiledCampaign) -> Approvals | None:
        """Return that a commit took the rules away; None where there were none."""
        try:
            found = self._unasked(campaign, None)
        except GitError:
            return None
        return found if found.warnings else None

    def _unasked(self, campaign: CompiledCampaign, settings: ApprovalSettings | None) -> Approvals:
        """Return that no rule asks about a campaign, and who changed that."""
        changes = ApprovalChanges(self._head, self.state, settings, b"", self._settings_in)
        warnings = changes.of_unasked(
            campaign.calls.name, lambda before: strictest_rule(campaign, before) is not None
        )
        return Approvals(found=(), people=0, needed=0, missing=(), warnings=warnings)

    def _of(self, campaign: CompiledCampaign) -> Approvals:
        settings = self._settings
        if settings is None:
            return _blocked(
                phrase("approvals are read from the commit"),
                phrase("commit {project_file} with its approvals", project_file=PROJECT_FILE),
            )
        rule = strictest_rule(campaign, settings)
        if rule is None:
            return self._unasked(campaign, settings)
        data = self._signers
        if data is None:
            return self._without_signers(settings.signers)
        try:
            files = self._files(campaign) if settings.not_author else set[str]()
            authors = self._authors(campaign, files) if settings.not_author else None
        except HistoryError as error:
            return _blocked(message_of(error), error.hint)
        if files and (changed := self._changed(files)):
            names = [printable(name, limit=_PATH_CHARACTERS) for name in changed[:_FEW]]
            return _blocked(
                phrase(
                    "{files} changed without a commit, so the author is unknown",
                    files=few_text(names, len(changed)),
                ),
                phrase("commit it"),
            )
        found = count_approvals(
            self._request(campaign),
            self._head.evidence(campaign.calls.campaign_key, self.project.environment_name),
            read_signers(data),
            Rule(rule.people, settings.longest, authors),
            now=self.now,
            current=self._newest_signers,
        )
        return replace(found, rule=rule_text(rule), warnings=self._warnings(campaign, settings, data))

    def _without_signers(self, path: str) -> Approvals:
        size = self._head.size(path)
        if size is None:
            return _blocked(
                phrase("the commit has no {signers}", signers=path),
                phrase("commit it with a line for each person"),
            )
        return _blocked(
            phrase(
                "{signers} is too large: {size:,} bytes, and at most {most:,} are read",
                signers=path,
                size=size,
                most=MAX_FILE_BYTES,
            ),
            phrase("keep one line for each person who may approve"),
        )

    @cached_property
    def _head(self) -> Commit:
        return head(self.project.root)

    @cached_property
    def _committed(self) -> Project | None:
        return _project_of(self._head.read(PROJECT_FILE))

    @cached_property
    def _settings(self) -> ApprovalSettings | None:
        return self._committed.approvals if self._committed is not None else None

    @cached_property
    def _signers(self) -> bytes | None:
        return self._listed_in(self._head)

    @cached_property
    def _newest_signers(self) -> Signers | None:
        """Those of the newest default branch, which may list a key no longer; none where it is too large."""
        branch = default_branch(self._head)
        data = self._listed_in(branch)
        if data is None and branch is not None and self._settings is not None:
            return None if branch.size(self._settings.signers) is None else Signers()
        return read_signers(data) if data is not None else None

    def _listed_in(self, commit: Commit | None) -> bytes | None:
        return (
            commit.read(self._settings.signers) if commit is not None and self._settings is not None else None
        )

    def _request(self, campaign: CompiledCampaign) -> Request:
        return Request(
            sdk_app_id=self.project.environment.app_id,
            environment=self.project.environment_name,
            campaign=campaign.calls.name,
            version=campaign.calls.version,
            digest=approval_digest(campaign),
            zone_data=campaign.calls.zone_data,
        )

    def _sent_commit(self, campaign: CompiledCampaign) -> str:
        """Return the commit of the last send under the campaign's name; empty before the first."""
        history = newest_by_name(self.state).get(campaign.calls.name)
        return history.begin.commit if history is not None else ""

    @cached_property
    def _used(self) -> UsedFiles:
        return UsedFiles(self.project, files_of_query)

    def _files(self, campaign: CompiledCampaign) -> set[str]:
        """Return the files and patterns whose authors are those of the campaign."""
        spec = campaign.spec
        campaign_files = (*self._used.lists_of(spec.campaign), *self._used.people_of(spec.campaign))
        return {spec.path, PROJECT_FILE, "templates/*", *campaign_files}

    def _authors(self, campaign: CompiledCampaign, files: set[str]) -> frozenset[str]:
        since = self._sent_commit(campaign)
        return authors_since(self.project.root, since, files, counts=self._concerns)

    @cached_property
    def _uncommitted(self) -> Uncommitted:
        return Uncommitted(self.project.root)

    @cached_property
    def _has_other_variables(self) -> bool:
        return _variables_of(self._committed, self.project.environment_name) != _variables_of(
            self.project.spec.project, self.project.environment_name
        )

    def _changed(self, files: set[str]) -> list[str]:
        """Return those that differ from the commit; of the project file only its variables count."""
        changed = self._uncommitted.among(files)
        return [*changed, PROJECT_FILE] if self._has_other_variables else changed

    def _concerns(self, commit: str, path: str) -> bool:
        """Whether a change concerns a campaign: of the project file only its variables do."""
        if path != PROJECT_FILE:
            return True
        variables = [self._variables(name) for name in (commit, f"{commit}^")]
        return variables[0] != variables[1]

    def _variables(self, commit: str) -> object:
        found = _project_of(replace(self._head, name=commit).read(PROJECT_FILE))
        return _variables_of(found, self.project.environment_name)

    def _warnings(
        self, campaign: CompiledCampaign, settings: ApprovalSettings, signers: bytes
    ) -> tuple[str, ...]:
        lines = read_signers(signers).warnings
        rest = len(lines) - _FEW
        more = (
            (plural("{number:,} more line like these", "{number:,} more lines like these", rest),)
            if rest > 0
            else ()
        )
        changes = ApprovalChanges(self._head, self.state, settings, signers, self._settings_in)
        dropped = (
            (
                phrase(
                    "{project_file} no longer has approvals; those of the commit hold",
                    project_file=PROJECT_FILE,
                ),
            )
            if self.project.spec.project.approvals is None
            else ()
        )
        # What changed comes first, so that no number of odd lines hides it.
        return (*dropped, *changes.of(campaign.calls.name), *lines[:_FEW], *more)

    def _settings_in(self, commit: str) -> ApprovalSettings | UnreadRules | None:
        if commit not in self._known_settings:
            self._known_settings[commit] = _rules_in(replace(self._head, name=commit))
        return self._known_settings[commit]

    @cached_property
    def _known_settings(self) -> dict[str, ApprovalSettings | UnreadRules | None]:
        return {}


def _rules_in(commit: Commit) -> ApprovalSettings | UnreadRules | None:
    """Return the rules of a commit; None where it has none, or there is no such commit before the first."""
    data = commit.read(PROJECT_FILE)
    if data is None:
        if commit.size(PROJECT_FILE) is None and (commit.name.endswith("^") or commit.exists):
            return None
        return UnreadRules(phrase("commit {commit} cannot be read", commit=commit.name[:_DIGITS]))
    found = _project_of(data)
    if found is None and b"approvals" in data:
        return UnreadRules(
            phrase(
                "{project_file} of commit {commit} cannot be read",
                project_file=PROJECT_FILE,
                commit=commit.name[:_DIGITS],
            )
        )
    return found.approvals if found is not None else None


def asked_settings(project: LoadedProject) -> ApprovalSettings | None:
    """Return what a project asks of approvals: where its file asks nothing, what the commit asks.

    Otherwise whoever edits the file would lift every approval. A project without a repository has its file
    alone, and so has one whose repository git does not read.

    Raises:
        UsageError: The file asks nothing, and what the commit asks cannot be read.
    """
    settings = project.spec.project.approvals
    if settings is not None:
        return settings
    try:
        name = committed_name(project.root, PROJECT_FILE)
        if not name or blob_hash(project.root, PROJECT_FILE, len(name)) == name:
            return None  # the usual case: it is as it was committed, and need not be read again
        data = head(project.root).read(PROJECT_FILE)
    except GitError:
        return None
    committed = _project_of(data)
    if committed is None and data is not None and b"approvals" in data:
        raise UsageError(
            phrase("the commit's {project_file} has approvals and cannot be read", project_file=PROJECT_FILE),
            hint=phrase("commit a {project_file} that can be read", project_file=PROJECT_FILE),
        )
    return committed.approvals if committed is not None else None


def _blocked(why: str, hint: str) -> Approvals:
    return Approvals(found=(), people=0, needed=1, missing=(), why=why, hint=hint)


def _variables_of(project: Project | None, environment_name: str) -> object:
    """Return what a project's texts may use in an environment; None without a project."""
    if project is None:
        return None
    environment = project.environments.get(environment_name)
    return project.vars, environment.vars if environment is not None else None


def _project_of(data: bytes | None) -> Project | None:
    """Return the project that a committed project file describes; None where it cannot be read."""
    if data is None:
        return None
    with tempfile.TemporaryDirectory(prefix="pushspec-") as folder:
        Path(folder, PROJECT_FILE).write_bytes(data)
        spec, _ = read_project(Path(folder))
    return spec.project if spec is not None else None

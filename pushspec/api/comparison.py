"""Compare what two versions of a project would send, without reading the lockfile."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from pushspec.api.git_tree import write_tree
from pushspec.api.names import named_in_project
from pushspec.api.planning import compile_project
from pushspec.api.project import load_project
from pushspec.errors import PushspecError, UsageError, message_of
from pushspec.language import phrase
from pushspec.plan.diff import Kind, diff_all
from pushspec.plan.snapshots import snapshot_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.plan.diff import CampaignDiff
    from pushspec.plan.snapshots import Snapshot


class Comparison(NamedTuple):
    """What two versions of a project would send.

    Attributes:
        campaigns: One a campaign, in the order of their names.
        note: Why one of the versions could not be planned; empty when both could.
    """

    campaigns: Sequence[CampaignDiff]
    note: str

    @property
    def differs(self) -> bool:
        """Whether any campaign would send something else."""
        return any(diff.kind is not Kind.SAME for diff in self.campaigns)


def compare_commits(
    project: LoadedProject,
    base: str,
    head: str | None = None,
    *,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
) -> Comparison:
    """Compare what a project would send at two commits.

    Args:
        project: The project as it is now, at the environment to compare.
        base: A commit, branch or tag.
        head: Another one; the files as they are now when left out.
        names: Names, globs or files of campaigns; none for all.
        selectors: As ``--select`` takes them.

    Raises:
        UsageError: git knows no such commit, or a name matches no campaign now.
        SpecError: The files as they are now are wrong.
    """
    names = named_in_project(project.root, names)
    before, why = _at(project, base, names, selectors)
    if head is None:
        return Comparison(diff_all(before, _snapshots(project, names, selectors)), why)
    after, why_not = _at(project, head, names, selectors)
    return Comparison(diff_all(before, after), why or why_not)


def _at(
    project: LoadedProject, ref: str, names: Sequence[str], selectors: Sequence[str]
) -> tuple[list[Snapshot], str]:
    """Return what a commit would send, and why that is not known where its files are wrong."""
    with TemporaryDirectory(prefix="pushspec-") as folder:
        if not write_tree(project.root, ref, Path(folder)):
            return [], phrase("{ref} has no project yet", ref=ref)
        try:
            there = load_project(folder, environment=project.environment_name)
            return _snapshots(there, names, selectors), ""
        except UsageError:
            return [], phrase("{ref} has no such project, environment or campaign", ref=ref)
        except PushspecError as error:
            return [], phrase(
                "{ref} cannot be planned ({error}), so everything shows as new",
                ref=ref,
                error=message_of(error),
            )


def _snapshots(project: LoadedProject, names: Sequence[str], selectors: Sequence[str]) -> list[Snapshot]:
    # A checked-out tree has no lists: what its pins say is compared with what the pins of now say.
    compiled = compile_project(project, names=names, selectors=selectors, reads_lists=False)
    return [snapshot_of(campaign.calls) for campaign in compiled]

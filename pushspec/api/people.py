"""People of a project: compare what files declare with the service, write it, and check accounts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from pushspec.api.lockfile import open_journal
from pushspec.api.planning import compile_project
from pushspec.api.service import open_service
from pushspec.audience.people import people_files, read_people
from pushspec.errors import RefusedError, SpecError, UsageError
from pushspec.language import phrase
from pushspec.lockfile.records import PeopleWritten
from pushspec.reconcile.people import PeoplePlan, PersonChange, require_few_removals
from pushspec.reconcile.people_service import PeopleService, Written
from pushspec.tencent.operations.asking import Asker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from pushspec.api.project import LoadedProject
    from pushspec.clock import Clock
    from pushspec.lockfile.journal import Journal

__all__ = [
    "CheckedAccounts",
    "PeoplePlan",
    "PersonChange",
    "Surroundings",
    "Written",
    "apply_people",
    "check_people",
    "plan_people",
    "require_few_removals",
]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a command brings along.

    Attributes:
        clock: Tells the time and waits.
        environ: Where the secret is read; only the variable that the project file names.
        telling: Is told how far it is, every few seconds.
    """

    clock: Clock
    environ: Mapping[str, str]
    telling: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class CheckedAccounts:
    """Which accounts of a campaign the app has.

    Attributes:
        campaign: The campaign.
        known: How many it has.
        unknown: Those that it does not have, in the campaign's order.
        not_told: Those that the service said nothing of, such as RegistrationIDs.
        is_private: They are of a pinned list, so nothing shows one.
    """

    campaign: str
    known: int
    unknown: tuple[str, ...]
    not_told: tuple[str, ...]
    is_private: bool = False


def plan_people(project: LoadedProject, surroundings: Surroundings) -> PeoplePlan:
    """Compare all people files of a project with the service; nothing is written.

    Raises:
        UsageError: The project has no people files.
        SpecError: One of them is wrong; it carries the problems of all of them.
        PushspecError: The service tells too little, see :meth:`PeopleService.compare`.
    """
    if not people_files(project.root):
        raise UsageError(phrase("the project has no people"), hint=phrase("declare them in people/NAME.yaml"))
    declared, problems = read_people(project.root, project.environment.limits)

    async def compare() -> PeoplePlan:
        async with _people_service(project, surroundings) as service:
            return await service.compare(
                declared,
                tuple(declared.names),
                count=len(declared),
                environment=project.environment_name,
                app_id=project.environment.app_id,
            )

    with declared:
        if any(problem.is_error for problem in problems):
            raise SpecError(problems)
        return anyio.run(compare)


def apply_people(project: LoadedProject, plan: PeoplePlan, surroundings: Surroundings, *, by: str) -> Written:
    """Write a plan that was approved; running it again continues where it stopped.

    Raises:
        RefusedError: It takes more than ``max_removals``, or the environment is frozen.
        LockError: The lockfile, which gets a summary, cannot be read or written.
    """
    require_few_removals(plan, project.spec.project.policy.max_removals)
    journal = open_journal(project)
    reason = project.spec.project.frozen or journal.load().frozen_reason
    if reason:
        raise RefusedError(
            phrase(
                "{environment_name} is frozen: {reason}",
                environment_name=project.environment_name,
                reason=reason,
            )
        )

    written = Written()

    async def write() -> None:
        async with _people_service(project, surroundings) as service:
            await service.write(plan, written)

    try:
        anyio.run(write)
    finally:  # also after Ctrl-C: what was written is in the service
        _record(journal, plan, written, by)
    return written


def check_people(project: LoadedProject, name: str, surroundings: Surroundings) -> CheckedAccounts:
    """Ask the service which accounts of a campaign the app has.

    Raises:
        UsageError: No campaign has the name, or it lists no accounts.
        SpecError: A file is wrong.
        PushspecError: The service tells nothing.
    """
    campaigns = compile_project(project, names=[name], fetch=True)
    accounts = [
        account
        for campaign in campaigns
        for group in campaign.calls.table.groups
        for account in group.accounts
    ]
    if not accounts:
        raise UsageError(
            phrase("{name} lists no accounts", name=name),
            hint=phrase("only the service knows who has a tag or attribute"),
        )

    async def ask() -> dict[str, bool]:
        async with _people_service(project, surroundings) as service:
            return await service.known(list(dict.fromkeys(accounts)))

    found = anyio.run(ask)
    distinct = dict.fromkeys(accounts)
    return CheckedAccounts(
        name,
        known=sum(found.values()),
        unknown=tuple(account for account in distinct if found.get(account) is False),
        not_told=tuple(account for account in distinct if account not in found),
        is_private=any(campaign.calls.lists for campaign in campaigns),
    )


@asynccontextmanager
async def _people_service(project: LoadedProject, surroundings: Surroundings) -> AsyncIterator[PeopleService]:
    clock, limits = surroundings.clock, project.environment.limits
    async with open_service(project, now=clock.now, environ=surroundings.environ) as client:
        asker = Asker(client, limits=limits, clock=clock)
        yield PeopleService(asker, limits=limits, clock=clock, telling=surroundings.telling)


def _record(journal: Journal, plan: PeoplePlan, written: Written, by: str) -> None:
    codes: dict[int, int] = {}
    for code in sorted(written.refused.values()):
        codes[code] = codes.get(code, 0) + 1
    journal.append(
        PeopleWritten(
            digest=plan.digest,
            by=by,
            changed=len(plan.changes),
            unchanged=plan.unchanged,
            unknown=len(plan.unknown),
            names_defined=tuple(plan.names.values()) if written.counts["names_defined"] else (),
            tags_added=written.counts["tags_added"],
            tags_removed=written.counts["tags_removed"],
            attributes_set=written.counts["attributes_set"],
            attributes_removed=written.counts["attributes_removed"],
            refused=codes,
            unanswered=len(written.unanswered),
        )
    )

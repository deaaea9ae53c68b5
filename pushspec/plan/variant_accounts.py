"""Read the accounts of one variant: its source or its pin, without the excluded and the holdout."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pushspec.audience.accounts import AccountList, read_accounts
from pushspec.audience.arms import without_holdout
from pushspec.audience.exclusions import ExcludeEntry, read_excluded
from pushspec.audience.pinned.pin import Pin
from pushspec.language import phrase
from pushspec.plan.pin_lists import in_order, list_by_pin, promised_by, unopened_list, with_pull
from pushspec.plan.pins import excludes_of, pins_of
from pushspec.plan.zone_columns import zoned_source
from pushspec.spec.policy import PolicyName
from pushspec.spec.recipients import AccountSource, FromPin, Listed
from pushspec.spec.rules.audience import account_limit
from pushspec.spec.shares import share_of
from pushspec.tencent.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.audience.pinned.reading import PinnedLists
    from pushspec.plan.pins import Place
    from pushspec.problems import Problem
    from pushspec.spec.document import Document
    from pushspec.spec.load import ProjectSpec
    from pushspec.spec.project import Environment
    from pushspec.spec.validation import KeyPath
    from pushspec.tencent.limits import Limit


def listed_accounts(
    place: Place, project: ProjectSpec, environment: Environment, lists: PinnedLists
) -> tuple[AccountList | None, list[Problem]]:
    """Return the accounts of a variant, and what is wrong with them or why they cannot be read.

    Args:
        place: Where its audience is written.
        project: The project, whose holdout is left out.
        environment: Whose limits apply.
        lists: The pinned lists of the project.
    """
    document, path = place.spec.document, place.path
    source = zoned_source(place.audience, place.spec.campaign.schedule)
    if not isinstance(source, AccountSource) or (isinstance(source, Listed) and "" in source.accounts):
        return None, []  # the rules say so
    limit = account_limit(ENDPOINTS[place.spec.campaign.endpoint], environment.limits)
    pins, unusable = pins_of(place, source, lists, limit)
    if unusable:
        return None, unusable
    accounts, problems = _read(place, source, pins, lists, limit, project.root)
    if accounts is not None and isinstance(source, FromPin):
        accounts = with_pull(accounts, pins[0])
    holdout = project.project.holdout
    if accounts is None or holdout is None or place.spec.campaign.lifts(PolicyName.HOLDOUT):
        return accounts, problems
    rest = without_holdout(accounts, holdout.salt, share_of(holdout.share))
    if rest.count:
        return rest, problems
    message = phrase(
        "nobody is left to send to: the project's holdout takes all {count:,}", count=accounts.count
    )
    empty = document.problem((*path, source.kind), "audience-empty", message, key=True)
    return None, [*problems, empty]


def _read(
    place: Place,
    source: AccountSource,
    pins: tuple[Pin, ...],
    lists: PinnedLists,
    limit: Limit,
    root: Path,
) -> tuple[AccountList | None, list[Problem]]:
    """Return the accounts of a source; where a pinned list is not at hand, what its pin tells of them."""
    document, path = place.spec.document, place.path
    if isinstance(source, FromPin) and not all(map(lists.is_at_hand, pins)):
        excluded, problems = read_excluded(_exclude_entries(place, lists, reads_lists=False), root, limit)
        if any(problem.is_error for problem in problems):
            return None, problems
        return list_by_pin(pins, source.columns, excluded.unapplied()), problems
    if isinstance(source, FromPin) and not source.columns and not any(excludes_of(place)):
        unopened = lists.unopened(pins[0])
        if unopened is not None:
            return unopened_list(pins, unopened), []
    accounts, problems = read_accounts(
        source,
        root,
        limit,
        lambda key, rule, message, hint: document.problem((*path, key), rule, message, hint=hint, key=True),
        _exclude_entries(place, lists),
        lists.batches(pins[0], source.columns) if isinstance(source, FromPin) else None,
        lists.spill,
    )
    if accounts is None:
        return None, problems
    if not isinstance(source, FromPin):
        return replace(accounts, pins=pins), problems
    promised = promised_by(pins[0], source.columns)
    return replace(
        accounts, pins=pins, promised=promised, groups=in_order(accounts.groups, promised)
    ), problems


def _exclude_entries(place: Place, lists: PinnedLists, *, reads_lists: bool = True) -> list[ExcludeEntry]:
    """Return the excluded accounts; exclusions of the campaign apply to every variant.

    Args:
        place: Where the audience of the variant is written.
        lists: The pinned lists of the project.
        reads_lists: Whether those that are at hand are read; without, only their pins are.
    """
    entries: dict[tuple[str, str | None], ExcludeEntry] = {}
    for path, name, column in excludes_of(place):
        problem = partial(_exclude_problem, place.spec.document, path)
        if isinstance(name, str):
            entries.setdefault((name, column), ExcludeEntry(name, column, problem))
        elif isinstance(pin := lists.pin(name.use), Pin):
            label = phrase("the audience {use}", use=name.use)
            rows = lists.batches(pin, ()) if reads_lists and lists.is_at_hand(pin) else None
            entries.setdefault((label, None), ExcludeEntry(label, None, problem, rows, pin))
    return list(entries.values())


def _exclude_problem(document: Document, path: KeyPath, rule: str, message: str, hint: str) -> Problem:
    return document.problem(path, rule, message, hint=hint)

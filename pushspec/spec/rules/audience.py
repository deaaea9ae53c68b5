"""Rules on who gets it: the kinds of audience an endpoint takes, and accounts that the service can know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.account_form import (
    account_fault,
    account_warning,
)
from pushspec.spec.recipients import ACCOUNT_KINDS
from pushspec.tencent.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limit, Limits


_NAMED_TO_ACCOUNTS = phrase("say who gets it: audience: {{file: PATH}} or audience: {{accounts: [ID, ID]}}")
_NAMED_TO_GROUPS = phrase(
    "say who gets it: audience: {{tags: {{any: [TAG]}}}} or {{attributes: {{all: "
    "{{KEY: VALUE}}}}}}; {{everyone: true}} is all users of the app"
)


def audience_missing(context: RuleContext) -> Iterator[Problem]:
    """Nobody is never everybody."""
    if context.audience is None:
        yield context.problem(
            context.audience_path,
            "audience-missing",
            phrase("the campaign names no audience")
            if context.audience_path == ("audience",)
            else phrase("the variant names no audience"),
            _NAMED_TO_ACCOUNTS if context.endpoint.to_accounts else _NAMED_TO_GROUPS,
        )


def audience_kind(context: RuleContext) -> Iterator[Problem]:
    """Listed accounts and conditions go to different endpoints."""
    endpoint = context.endpoint
    for kind in context.audience.kinds if context.audience is not None else ():
        if not _takes(endpoint, kind):
            able = (name for name, other in ENDPOINTS.items() if _takes(other, kind))
            yield context.problem(
                (*context.audience_path, kind),
                "audience-kind",
                phrase("{name} cannot send to {kind}", name=endpoint.name, kind=kind),
                phrase("endpoints that can: {able}", able=", ".join(able)),
                key=True,
            )


def _takes(endpoint: Endpoint, kind: str) -> bool:
    if kind in ACCOUNT_KINDS or endpoint.to_accounts:
        return kind in ACCOUNT_KINDS and endpoint.to_accounts
    return kind != "attributes" or endpoint.takes_attributes


def audience_options(context: RuleContext) -> Iterator[Problem]:
    """Options of account sources need an account source."""
    audience = context.audience
    if audience is None:
        return
    allowed: dict[str, frozenset[str]] = {
        "column": frozenset({"file", "sql"}),
        "exclude": ACCOUNT_KINDS,
        "personalize": frozenset({"file", "sql", "use"}),
    }
    if audience.exclude:
        allowed["column"] = ACCOUNT_KINDS  # it names the column of the files there, too
    for option, kinds in allowed.items():
        if option in audience.model_fields_set and kinds.isdisjoint(audience.kinds):
            yield context.problem(
                (*context.audience_path, option),
                "audience-option",
                phrase(
                    "{option} has no effect next to {kinds}",
                    option=option,
                    kinds=" and ".join(audience.kinds),
                ),
                phrase("it goes with {kinds}", kinds=", ".join(sorted(kinds))),
                key=True,
            )


def accounts(context: RuleContext) -> Iterator[Problem]:
    """Listed accounts are ids that the service can know."""
    if context.audience is None:
        return
    for index, account in enumerate(context.audience.accounts or ()):
        path = (*context.audience_path, "accounts", index)
        if fault := account_fault(account, account_limit(context.endpoint, context.limits)):
            yield context.problem(path, "account-form", fault.message, fault.hint)
        elif warning := account_warning(account, account):
            yield context.warning(path, "account-characters", warning.message, warning.hint)


def account_limit(endpoint: Endpoint, limits: Limits) -> Limit:
    """Return how long an account may be; RegistrationIDs, where an endpoint takes them, are longer."""
    limit: Limit = getattr(limits, endpoint.account_id_limit)
    return limit


RULES: tuple[Rule, ...] = (
    audience_missing,
    audience_kind,
    audience_options,
    accounts,
)

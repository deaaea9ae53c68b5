"""The people whom a try goes to: the environment's testers, or those who were named for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.accounts import read_accounts
from pushspec.errors import SpecError, UsageError, message_of
from pushspec.language import phrase
from pushspec.plan.trial import Testers
from pushspec.spec.account_form import account_fault
from pushspec.spec.recipients import FromFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.problems import Problem
    from pushspec.spec.load import ProjectSpec


def read_testers(project: LoadedProject, to: Sequence[str] = ()) -> Testers:
    """Return who gets a try.

    Args:
        project: The project, at the environment.
        to: Who was named for this one; the environment's testers otherwise.

    Raises:
        UsageError: There are none, too many, or an account is none.
        SpecError: Their file is wrong.
    """
    if any(not account.strip() for account in to):
        raise UsageError(
            phrase("an account of --to is empty") if len(to) > 1 else phrase("--to names nobody"),
            hint=phrase(
                "write an account before and after each comma, such as --to ada,lin; "
                "without --to the environment's testers get it"
            ),
        )
    accounts = tuple(dict.fromkeys(to or _configured(project)))
    if not accounts:
        raise UsageError(
            phrase(
                "environment {environment_name} has no testers", environment_name=project.environment_name
            ),
            hint=phrase("add testers: {{accounts: [...]}} to it in pushspec.yaml, or name some with --to"),
        )
    limit = project.environment.limits.user_id_bytes
    for account in accounts:
        if fault := account_fault(account, limit):
            raise UsageError(
                phrase("the tester {account}: {message}", account=account, message=fault.message),
                hint=fault.hint,
            )
    try:
        return Testers(accounts)
    except ValueError as error:
        raise UsageError(message_of(error)) from None


def testers_problems(spec: ProjectSpec, name: str) -> list[Problem]:
    """Return what is wrong with the testers of an environment, at their place; a try would meet it."""
    environment, place = spec.project.environments[name], ("environments", name, "testers")
    testers = environment.testers
    if testers is None:
        return []
    if testers.accounts is not None:
        return [
            spec.document.problem((*place, "accounts", index), "account-form", fault.message, hint=fault.hint)
            for index, account in enumerate(testers.accounts)
            if (fault := account_fault(account, environment.limits.user_id_bytes))
        ]
    found, problems = _of_file(spec, name)
    if found is not None:
        try:
            Testers(tuple(found))
        except ValueError as error:
            problems.append(spec.document.problem((*place, "file"), "out-of-range", message_of(error)))
    return problems


def _configured(project: LoadedProject) -> Sequence[str]:
    testers = project.environment.testers
    if testers is None:
        return ()
    if testers.accounts is not None:
        return testers.accounts
    found, problems = _of_file(project.spec, project.environment_name)
    if found is None:
        raise SpecError(problems)
    return found


def _of_file(spec: ProjectSpec, name: str) -> tuple[Sequence[str] | None, list[Problem]]:
    """Return the testers that the file of an environment lists, or None, and what is wrong with it."""
    environment = spec.project.environments[name]
    testers = environment.testers
    if testers is None or testers.file is None:
        return (), []

    def problem(key: str, rule: str, message: str, hint: str) -> Problem:
        return spec.document.problem(("environments", name, "testers", key), rule, message, hint=hint)

    source = FromFile(testers.file, testers.column)
    found, problems = read_accounts(source, spec.root, environment.limits.user_id_bytes, problem)
    return (tuple(found) if found is not None else None), problems

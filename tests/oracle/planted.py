"""Bugs planted on purpose between the files and the calls: an oracle that finds none proves nothing.

Each one replaces a piece of pushspec with a version that somebody might write. ``python -m oracle.planted``
from ``tests/`` tells the first seed that finds each.
"""

from __future__ import annotations

import csv
import re
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

from oracle.generate import draw_history
from oracle.play import broken_promise
from oracle.shrink import story
from pushspec import git
from pushspec.api import approval, lockfile, running, testers, trying
from pushspec.api import approvals as api_approvals
from pushspec.apply import engine
from pushspec.apply.guard import Guard
from pushspec.apply.stage_watch import StageWatch
from pushspec.approvals import count
from pushspec.audience import accounts, arms, csv_rows, exclusions, files, lines, shares
from pushspec.audience.rows import Batch
from pushspec.lockfile import git_history, journal
from pushspec.plan import (
    approving,
    build,
    call_groups,
    evaluation,
    evidence,
    local_hours,
    policies,
    progress,
    recall,
    rollout,
    saved,
    slices,
    states,
    variant_accounts,
    variants,
)
from pushspec.plan import compile as compiler
from pushspec.plan.departure import BlackoutDays, Departure, QuietTimes
from pushspec.plan.policies import timing
from pushspec.spec.policy import PolicyName
from pushspec.spec.rollout import Stage
from pushspec.tencent.conditions import AudienceCondition
from pushspec.tencent.exchange import GateClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

PATIENCE = 400
"""Histories within which a bug is found."""


@dataclass(frozen=True)
class Bug:
    """One planted bug.

    Attributes:
        name: What somebody might have done.
        patches: What is replaced: owner, name, and the replacement.
        needs: What a history has to hold for the bug to matter, a pattern; others are not played.
        seed: The first history that finds it, when this was last looked at.
    """

    name: str
    patches: tuple[tuple[Any, str, Any], ...]
    needs: str = ""
    seed: int = 0

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Let the bug live for a while."""
        with ExitStack() as stack:
            for owner, name, replacement in self.patches:
                stack.enter_context(patch.object(owner, name, replacement))
            yield

    def found_at(self, first: int = 0, patience: int = PATIENCE) -> int | None:
        """Return the first seed from one on whose history shows the bug; None where none does."""
        with self.planted():
            seeds = range(first, first + patience)
            return next((seed for seed in seeds if self._shows(seed)), None)

    def _shows(self, seed: int) -> bool:
        history = draw_history(seed)
        if not re.search(self.needs, story(history)):
            return False
        broken = broken_promise(history)
        return (
            broken is not None and broken.kind != "bug"
        )  # a patch that does not fit is no bug that was found


# --- who

_read_excluded, _read_accounts, _matching = (
    exclusions.read_excluded,
    accounts.read_accounts,
    files._matching,
)
_add_excluded, _collect_personal = exclusions.Excluded.add, accounts._Personalized.collect
_to_wire = AudienceCondition.to_wire


def _first_exclude_only(entries: Any, *rest: Any) -> Any:
    return _read_excluded(entries[:1], *rest)


def _nobody_excluded(entries: Any, *rest: Any) -> Any:
    del entries
    return _read_excluded((), *rest)


def _exclude_whatever_case(self: Any, number: int, named: Any) -> None:
    _add_excluded(self, number, [form for name in named for form in (name, name.lower(), name.title())])


def _greedy_glob(root: Any, pattern: str) -> Iterator[str]:
    wider = pattern.replace("-", "*") if "*" in pattern or "?" in pattern else pattern
    return _matching(root, wider)


def _keep_carriage_returns(file: str, data: Any) -> Iterator[Any]:
    for number, read in lines.read_lines(data):
        texts = [line.removesuffix("\n") for line in read]
        yield Batch([text for text in texts if text.strip()], lines=range(number, number + len(texts)))


class _Semicolons:
    Error = csv.Error

    @staticmethod
    def reader(text: Any, **options: Any) -> Any:
        return csv.reader(text, quoting=csv.QUOTE_NONE, **{**options, "strict": False})


def _columns_of_the_row_before(self: Any, batches: Any) -> Any:
    shifted = (
        replace(batch, values=tuple([*column[:1], *column[:-1]] for column in batch.values))
        for batch in batches
    )
    return _collect_personal(self, shifted)


def _with_accounts(change: Callable[[list[str]], list[str]]) -> Any:
    def read(*arguments: Any) -> Any:
        found, problems = _read_accounts(*arguments)
        if found is None:
            return found, problems
        groups = tuple(replace(group, accounts=change(list(group.accounts))) for group in found.groups)
        return replace(found, groups=groups), problems

    return read


_twice = _with_accounts(lambda named: [*named, named[0]])
_as_numbers = _with_accounts(lambda named: [name.lstrip("0") or "0" for name in named])


def _without_not(self: AudienceCondition) -> dict[str, Any]:
    return {name: tags for name, tags in _to_wire(self).items() if not name.endswith("Not")}


def _any_for_all(self: AudienceCondition) -> dict[str, Any]:
    return {name.replace("And", "Or"): value for name, value in _to_wire(self).items()}


# --- what

_variables = variants.template_variables


class _Leak:
    kept: ClassVar[dict[str, Any]] = {}

    @classmethod
    def variables(cls, project: Any, environment: Any, resolved: Any, group: Any) -> dict[str, Any]:
        found = _variables(project, environment, resolved, group)
        if resolved.variant is not None:
            cls.kept = dict(resolved.variant.vars)
        return {**found, **cls.kept}


def _project_vars_win(project: Any, environment: Any, resolved: Any, group: Any) -> dict[str, Any]:
    return {**_variables(project, environment, resolved, group), **project.project.vars}


def _everywhere(project: Any, name: str, specs: Any, renderer: Any, **options: Any) -> Any:
    free = [replace(spec, campaign=spec.campaign.model_copy(update={"environments": None})) for spec in specs]
    return _compile(project, name, free, renderer, **options)


_compile = compiler.compile_campaigns

# --- when

_check, _policies = Guard.check, policies.POLICIES


def _without(case: str) -> Callable[..., None]:
    """Return the last check without one of its questions."""

    def check(self: Guard, *call: Any) -> None:
        try:
            _check(self, *call)
        except GateClosedError as closed:
            if closed.case != case:
                raise

    return check


def _unasked(name: PolicyName) -> dict[PolicyName, Any]:
    """Return the policies without one."""
    return {known: rule for known, rule in _policies.items() if known is not name}


def _day_late(self: BlackoutDays, moment: datetime) -> bool:
    return _is_black(self, moment - timedelta(days=1))


def _never(self: Any, moment: datetime) -> bool:
    del self, moment
    return False


_is_black = BlackoutDays.forbid


def _one_exception_for_all(context: Any) -> Any:
    results = list(_evaluate(context))
    reason = next((exception.reason for exception in context.spec.exceptions), "")
    return iter([replace(result, exception=reason) for result in results])


_evaluate, _decide = policies.evaluate, states.decide


def _not_frozen(calls: Any, progress: Any, results: Any, **options: Any) -> Any:
    return _decide(calls, progress, results, **{**options, "frozen": ""})


def _never_waiting(calls: Any, progress: Any, results: Any, **options: Any) -> Any:
    state, why = _decide(calls, progress, results, **options)
    return (states.CampaignState.SEND if state is states.CampaignState.WAITING else state), why


def _used_never(self: Any, state: Any, now: Any) -> int:
    del self, state, now
    return 0


# --- approved, and once


def _agree(*_: Any, **__: Any) -> None:
    """Whatever it is, it is approved."""


_strictest_rule = approving.strictest_rule


def _one_is_enough(*arguments: Any) -> Any:
    rule = _strictest_rule(*arguments)
    return rule and rule.model_copy(update={"people": 1})


_read_git = git.read_git


def _nothing_unmerged(root: Any, *arguments: str, **options: Any) -> bytes:
    return b"" if arguments[0] == "ls-files" else _read_git(root, *arguments, **options)


def _confirm_anything(typed: str, plan: Any) -> str:
    del typed
    digest: str = plan.digest
    return digest


def _hold_known_only(approved: Any, campaign: Any) -> None:
    if approved is not None:
        _hold(approved, campaign)


_hold = saved._hold_campaign


def _unchanged(calls: Any, progress: Any, results: Any, **options: Any) -> Any:
    return _decide(calls, replace(progress, begun_digest="", split_changed=""), results, **options)


def _as_written(self: Any) -> str:
    checksum: str = self.checksum
    return checksum


def _digest_as_written(self: Any) -> str:
    digest: str = self.digest
    return digest


def _as_it_was(project: Any) -> Any:
    return project


def _none_found(*_: Any, **__: Any) -> Iterator[Any]:
    return iter(())


def _whole(accounts: Any, salt: str, share: Any) -> Any:
    del salt, share
    return accounts


def _unsalted(salt: str) -> str:
    del salt
    return ""


# --- in stages, tried, and taken back

_cut, _holds, _closed = arms.cut_accounts, evidence.Reading.holds, StageWatch.closed_text
_open, _progress, _testers = rollout.Rollout.open_stages, progress.progress_of, testers.read_testers


def _first_in_second(accounts: Any, cut: Any, pieces: int) -> Any:
    first, second, *rest = map(list, _cut(accounts, cut, pieces))
    return [first, second + first, *rest]


def _unknown_holds(self: Any) -> bool:
    return _holds.fget(self) is not False  # type: ignore[attr-defined] # a property's function


def _all_or_none(self: Any) -> int:
    found = _open.fget(self)  # type: ignore[attr-defined] # a property's function
    return len(self.stages) if found > 1 else found


def _nobody_refused(self: Any, call: Any) -> None:
    if call.is_settled:
        self.known = evidence.Known(0, self.known.of + call.accounts)


def _gate_only(self: Any) -> str:
    is_stopped = self.gate is not None and self.gate.verdict is rollout.Verdict.STOPPED
    return "a condition failed" if is_stopped else ""


def _no_stop(self: Any, campaign: Any, stage: int) -> str:
    text = _closed(self, campaign, stage)
    return "" if text.startswith("stopped by") else text


def _more_testers(*arguments: Any, **options: Any) -> Any:
    found = _testers(*arguments, **options)
    return replace(found, accounts=(*found.accounts, "user-5"))


def _tried_is_sent(calls: Any, state: Any, now: Any) -> Any:
    found = _progress(calls, state, now)
    return replace(found, remaining=(), due=()) if calls.campaign_key in state.tries else found


def _lowest(state: Any) -> dict[str, Any]:
    sent = [state.campaigns[call.campaign] for call in state.calls.values() if call.ids.task_id]
    return {it.begin.name: it for it in sorted(sent, key=lambda it: -it.begin.version)}


def _not_recalled(calls: Any, progress: Any, results: Any, **options: Any) -> Any:
    return _decide(calls, replace(progress, recalls=()), results, **options)


# --- at each person's hour

_hour_slices, _span = slices.hour_slices, local_hours.span_in


def _one_clock(times: Any, zones: Any) -> Iterator[Any]:
    del zones
    yield times


def _a_day_longer(opens_at: datetime, closes_at: datetime, forbidden: Any = ()) -> Departure:
    return Departure(opens_at, closes_at + timedelta(days=1), forbidden)


def _an_hour(schedule: Any, zone: Any) -> Any:
    opens_at, _ = _span(schedule, zone)
    return opens_at, opens_at + timedelta(hours=1)


def _all_in_default(hours: Any, zones: Any, default: str) -> Iterator[Any]:
    everybody = [account for accounts in zones.values() for account in accounts]
    return _hour_slices(hours, {default or hours[0].zones[0]: everybody}, default)


def _unknown_in_first(hours: Any, zones: Any, default: str) -> Iterator[Any]:
    del default
    return _hour_slices(hours, zones, hours[0].zones[0])


def _first_twice(hours: Any, zones: Any, default: str) -> Iterator[Any]:
    first: Any = ()
    for piece in _hour_slices(hours, zones, default):
        yield replace(piece, accounts=[*piece.accounts, *first])
        first = first or piece.accounts


BUGS: tuple[Bug, ...] = (
    Bug(
        "only the first exclude file is read",
        ((accounts, "read_excluded", _first_exclude_only),),
        needs=r"exclude:\n *- .*\n *- ",
    ),
    Bug("no exclude file is read", ((accounts, "read_excluded", _nobody_excluded),), needs="exclude:"),
    Bug(
        "an exclude list takes names of another case, too",
        ((exclusions.Excluded, "add", _exclude_whatever_case),),
        needs="exclude:",
        seed=30,
    ),
    Bug("a glob takes more", ((files, "_matching", _greedy_glob),), needs=r"[*?]\.txt", seed=58),
    Bug("a byte order mark is kept in an id", ((lines, "BOM", b"\xff\xff\xff"),), needs="\ufeff", seed=4),
    Bug(
        "a carriage return is kept in an id",
        ((files, "_txt_batches", _keep_carriage_returns),),
        needs=r"\r\n",
        seed=4,
    ),
    Bug(
        "a csv is split at commas without a look at its quotes",
        ((csv_rows, "csv", _Semicolons),),
        needs=r"\.csv",
    ),
    Bug(
        "a personal column is that of the row before",
        ((accounts._Personalized, "collect", _columns_of_the_row_before),),
        needs="personalize",
        seed=14,
    ),
    Bug(
        "an account that stands in a list twice gets it twice", ((variant_accounts, "read_accounts", _twice),)
    ),
    Bug("ids lose their zeros", ((variant_accounts, "read_accounts", _as_numbers),), needs="0012", seed=7),
    Bug(
        "the tags that nobody may have are dropped",
        ((AudienceCondition, "to_wire", _without_not),),
        needs="not:",
        seed=1,
    ),
    Bug("all is sent as any", ((AudienceCondition, "to_wire", _any_for_all),), needs="all:"),
    Bug(
        "vars of a variant leak into the next text",
        ((compiler, "template_variables", _Leak.variables), (_Leak, "kept", {})),
        needs="variants",
        seed=16,
    ),
    Bug(
        "vars of the project win over nearer ones",
        ((compiler, "template_variables", _project_vars_win),),
        seed=11,
    ),
    Bug(
        "a campaign of another environment is sent",
        ((build, "compile_campaigns", _everywhere),),
        needs="environments:\n- ",
        seed=13,
    ),
    Bug(
        "a window is not looked at again after a wait",
        ((Guard, "check", _without("window")), (evaluation, "decide", _never_waiting)),
        needs="not_before|not_after",
        seed=4,
    ),
    Bug("quiet hours are not kept", ((QuietTimes, "forbid", _never),), needs="quiet_hours", seed=47),
    Bug(
        "quiet hours are judged at plan time only",
        ((Guard, "check", _without("quiet-hours")),),
        needs="quiet_hours",
        seed=370,
    ),
    Bug(
        "a blackout date holds a day late",
        ((BlackoutDays, "forbid", _day_late),),
        needs="blackout_dates",
        seed=136,
    ),
    Bug(
        "nobody counts accounts",
        ((policies, "POLICIES", _unasked(PolicyName.MAX_ACCOUNTS)),),
        needs="max_accounts",
        seed=117,
    ),
    Bug(
        "required keys are not asked for",
        ((policies, "POLICIES", _unasked(PolicyName.REQUIRE)),),
        needs="require:",
        seed=13,
    ),
    Bug(
        "a renamed campaign is sent again",
        ((policies, "POLICIES", _unasked(PolicyName.REPEAT)),),
        needs=r"keys=\('name',\)",
        seed=296,
    ),
    Bug(
        "the project's cap is not kept",
        ((policies, "POLICIES", _unasked(PolicyName.MAX_PUSH_CALLS_PER_DAY)),),
        needs="max_push_calls_per_day",
        seed=119,
    ),
    Bug(
        "one exception lifts every policy",
        ((evaluation, "evaluate", _one_exception_for_all),),
        needs="exceptions",
        seed=18,
    ),
    Bug(
        "a freeze is not heeded",
        ((evaluation, "decide", _not_frozen), (Guard, "check", _without("frozen"))),
        needs="Freeze|frozen",
        seed=9,
    ),
    Bug(
        "the digest that was confirmed is not compared",
        (
            (running, "require_approved", _agree),
            (approval, "confirmed_digest", _confirm_anything),
        ),
        needs=r"approval='digest'|meanwhile=\([A-Z]",
        seed=106,
    ),
    Bug(
        "a campaign outside the saved plan is sent",
        ((saved, "_hold_campaign", _hold_known_only),),
        needs="approval='saved'",
        seed=245,
    ),
    Bug(
        "a campaign that changed after its plan was saved is sent",
        ((saved, "_hold_campaign", _agree),),
        needs="approval='saved'",
        seed=245,
    ),
    Bug(
        "a saved plan never grows old",
        ((saved, "SAVED_PLAN_LIFE", timedelta(days=30)),),
        needs=r"Wait\(seconds=90000",
        seed=137,
    ),
    Bug(
        "a changed text is sent to those who have it",
        ((evaluation, "decide", _unchanged), (engine, "check_unchanged", _agree)),
        needs="Put|PutBack",
        seed=1,
    ),
    Bug(
        "a saved plan that was edited is believed",
        (
            (saved.SavedPlan, "expected_checksum", _as_written),
            (saved.SavedPlan, "expected_digest", _digest_as_written),
        ),
        needs="SwapPlan",
        seed=215,
    ),
    Bug(
        "the project file is not read again under the lock",
        ((running, "_as_it_is_now", _as_it_was),),
        needs=r"path='pushspec.yaml'.*moment='(lock|asked)'",
        seed=119,
    ),
    Bug(
        "a lockfile that no environment names is not looked for",
        ((lockfile, "stray_lockfiles", _none_found),),
        needs="production|backup",
        seed=14,
    ),
    Bug(
        "git is not asked what it knows of a lockfile",
        ((lockfile, "check_git_history", _agree),),
        needs=r"in git[\s\S]*PutBack\(path='\S+lock|in git[\s\S]*pattern='\S+lock",
        seed=81,
    ),
    Bug(
        "a lockfile that a merge left without a decision is used",
        ((git_history, "read_git", _nothing_unmerged),),
        needs=r"in git[\s\S]*Unmerge",
        seed=48,
    ),
    Bug(
        "an approval counts for other texts and people than it was given for",
        ((count._Judge, "_check_statement", _agree),),
        needs=r"Approve\(",
        seed=167,
    ),
    Bug(
        "one person is enough where a rule asks for two",
        ((api_approvals, "strictest_rule", _one_is_enough),),
        needs=r"people: 2[\s\S]*Approve\(",
        seed=264,
    ),
    Bug(
        "another app's lockfile is believed",
        ((lockfile, "_check_belongs", _agree), (journal, "check_binding", _agree)),
        needs=r"Move\(path='\S+lock', to='(?!\S*backup)",
        seed=100,
    ),
    Bug("the holdout gets it", ((variant_accounts, "without_holdout", _whole),), needs="holdout", seed=58),
    Bug("shares are cut without their salt", ((arms, "arm_salt", _unsalted),), needs="share: ", seed=16),
    Bug(
        "the holdout gets a stage",
        ((variant_accounts, "without_holdout", _whole),),
        needs=r"holdout[\s\S]*rollout",
        seed=75,
    ),
    Bug(
        "stages are cut by the salt of the shares",
        ((slices, "rollout_salt", shares.arm_salt),),
        needs="rollout:",
        seed=13,
    ),
    Bug(
        "a person is in two stages",
        ((slices, "cut_accounts", _first_in_second),),
        needs="rollout:",
        seed=14,
    ),
    Bug(
        "a gate opens on what is unknown",
        ((evidence.Reading, "holds", property(_unknown_holds)),),
        needs="rollout:",
        seed=13,
    ),
    Bug(
        "a gate opens before its hold is over",
        ((Stage, "hold_time", property(lambda _: timedelta(0))),),
        needs="hold:",
        seed=16,
    ),
    Bug(
        "one opened gate opens all",
        (
            (rollout.Rollout, "open_stages", property(_all_or_none)),
            (StageWatch, "closed_text", lambda *_: ""),
        ),
        needs="rollout:",
        seed=14,
    ),
    Bug(
        "the refused are not counted at the gate",
        ((evidence.Refusals, "add", _nobody_refused),),
        needs="rollout:",
        seed=159,
    ),
    Bug(
        "a person's stop is not kept",
        (
            (rollout.Rollout, "stop_text", property(_gate_only)),
            (StageWatch, "closed_text", _no_stop),
        ),
        needs=r"Stop\(",
        seed=47,
    ),
    Bug(
        "a night is judged on the project's clock, not on people's own",
        ((local_hours, "in_zones", _one_clock), (timing, "in_zones", _one_clock)),
        needs=r"quiet_hours[\s\S]*timezone_column",
        seed=203,
    ),
    Bug(
        "people get it after their hour",
        ((local_hours, "Departure", _a_day_longer), (states, "closed_text", lambda *_: "")),
        needs="timezone_column",
        seed=7,
    ),
    Bug(
        "an hour lasts an hour whatever the file says",
        ((local_hours, "span_in", _an_hour),),
        needs="local_until",
        seed=7,
    ),
    Bug(
        "everybody is in the default zone",
        ((call_groups, "hour_slices", _all_in_default),),
        needs="timezone_column",
        seed=29,
    ),
    Bug(
        "whoever has no zone gets it with the first",
        ((call_groups, "hour_slices", _unknown_in_first),),
        needs="timezone_column",
        seed=29,
    ),
    Bug(
        "a person is in the groups of two hours",
        ((call_groups, "hour_slices", _first_twice),),
        needs="timezone_column",
        seed=27,
    ),
    Bug(
        "a try goes to others, too",
        ((trying, "read_testers", _more_testers),),
        needs=r"Try\(",
        seed=7,
    ),
    Bug(
        "a try is counted as the send",
        ((evaluation, "progress_of", _tried_is_sent),),
        needs=r"Try\(",
        seed=14,
    ),
    Bug(
        "a recall takes back a version that is not the newest",
        ((recall, "highest_sent", _lowest),),
        needs=r"Recall\(",
        seed=35,
    ),
    Bug(
        "what was taken back is sent on",
        ((evaluation, "decide", _not_recalled), (Guard, "check", _without("recalled"))),
        needs=r"Recall\(",
        seed=215,
    ),
)


def main() -> None:
    """Tell the first seed that finds each bug."""
    for bug in BUGS:
        if any(word in bug.name for word in sys.argv[1:] or [""]):
            print(f"{bug.found_at()!s:>6}  {bug.name}", flush=True)


if __name__ == "__main__":
    main()

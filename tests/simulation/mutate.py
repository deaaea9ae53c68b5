"""Mutation testing of the parts that decide: ``python -m simulation.mutate`` from ``tests/``.

Each mutant is one small change, in a copy of the project. It is killed when a test of its part fails, or else
when made-up histories break a promise. Only those tests are tried that run the changed line, and all of them
where that is the loading of the module. A survivor is a change that nothing minds: a test is missing, or the
change changes nothing, which must then be written down with its reason in :mod:`simulation.equivalents`.
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simulation.equivalents import EQUIVALENTS
from simulation.mutants import mutants_of
from simulation.reached import Only, Watch, whole_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from multiprocessing.pool import Pool

    from simulation.mutants import Mutant

PROJECT = Path(__file__).parents[2]
_JOURNAL = (
    "tests/lockfile/test_journal.py",
    "tests/apply/test_journal_writer.py",
    "tests/lockfile/stores/test_conformance.py",
)
_FOLD = (
    "tests/lockfile/test_fold.py",
    "tests/lockfile/test_recalls.py",
    "tests/lockfile/test_schedules.py",
    "tests/lockfile/test_gates.py",
)
ENGINE: dict[str, tuple[str, ...]] = {
    "pushspec/lockfile/recalls.py": ("tests/lockfile/test_recalls.py",),
    "pushspec/lockfile/fold.py": _FOLD,
    "pushspec/lockfile/sends.py": _FOLD,
    "pushspec/lockfile/histories.py": ("tests/lockfile/test_fold.py", "tests/lockfile/test_schedules.py"),
    "pushspec/lockfile/state.py": _FOLD,
    "pushspec/lockfile/lines.py": ("tests/lockfile/test_lines.py", "tests/lockfile/stores/test_file.py"),
    "pushspec/lockfile/journal.py": _JOURNAL,
    "pushspec/lockfile/stamping.py": _JOURNAL,
    "pushspec/lockfile/admission.py": _JOURNAL,
    "pushspec/apply/classify.py": ("tests/apply/test_classify.py",),
    "pushspec/tencent/answers.py": ("tests/tencent/test_answers.py", "tests/apply/test_classify.py"),
    "pushspec/apply/attempt.py": ("tests/apply/test_attempt.py", "tests/apply/test_invariants.py"),
    "pushspec/apply/guard.py": (
        "tests/apply/test_guard.py",
        "tests/apply/test_guard_hours.py",
        "tests/apply/test_guard_records.py",
        "tests/apply/test_engine.py",
    ),
    "pushspec/operate/recall.py": ("tests/operate/test_recall.py",),
    "pushspec/operate/recall_outcome.py": (
        "tests/operate/test_recall_outcome.py",
        "tests/operate/test_recall.py",
    ),
    "pushspec/tencent/operations/revoke.py": ("tests/tencent/test_revoke.py", "tests/operate/test_recall.py"),
    "pushspec/lockfile/schedules.py": ("tests/lockfile/test_schedules.py",),
    "pushspec/apply/task_gate.py": ("tests/apply/test_task_gate.py",),
    "pushspec/apply/invariants.py": ("tests/apply/test_invariants.py", "tests/apply/test_engine.py"),
}
"""What sends and records, and the tests that should mind a change, the likeliest first."""

_PLANS = (
    "tests/plan/test_states.py",
    "tests/plan/test_quota.py",
    "tests/plan/test_policies.py",
    "tests/plan/test_identity.py",
    "tests/views/test_since_last.py",
    "tests/field/test_closed_places.py",
    "tests/field/test_reverts.py",
    "tests/audience/test_databases.py",
    "tests/audience/test_pinned_campaigns.py",
    "tests/audience/test_plan_from_pins.py",
)
_POLICIES = ("tests/plan/test_policies.py", "tests/plan/test_policy_places.py")
_ROLLOUT = (
    "tests/apply/test_stage_gates.py",
    "tests/apply/test_guard_records.py",
    "tests/plan/test_rollout.py",
    "tests/cli/test_rollout.py",
)
_SIGNATURES = (
    "tests/approvals/test_count.py",
    "tests/approvals/test_sshsig.py",
    "tests/approvals/test_signers.py",
)
_SSHSIG = ("tests/approvals/test_sshsig.py", "tests/approvals/test_count.py")
_TASKS = (
    "tests/cli/test_schedule_doubts.py",
    "tests/cli/test_schedule.py",
    "tests/cli/test_schedule_afterwards.py",
)
_RULES = ("tests/spec/test_rules.py", "tests/spec/test_problems_of_files.py")
PLANNING: dict[str, tuple[str, ...]] = {
    "pushspec/plan/quota.py": (
        "tests/plan/test_quota.py",
        "tests/plan/test_pacing.py",
        "tests/plan/test_states.py",
    ),
    "pushspec/plan/states.py": (
        "tests/plan/test_states.py",
        "tests/plan/test_policies.py",
        "tests/plan/test_chunking.py",
        "tests/plan/test_golden_plans.py",
        "tests/plan/test_rollout.py",
        "tests/plan/test_local_hours.py",
        "tests/cli/test_local_hours.py",
        "tests/cli/test_rollout.py",
        "tests/audience/test_many_texts.py",
        "tests/audience/test_pinned_campaigns.py",
        "tests/field/test_refused_people.py",
        "tests/views/test_plan_screen.py",
        *_TASKS,
    ),
    "pushspec/plan/build.py": (
        *_PLANS,
        *_TASKS,
        "tests/cli/test_plan.py",
        "tests/plan/test_golden_plans.py",
        "tests/cli/test_lock_init.py",
        "tests/cli/test_named_paths.py",
        "tests/cli/test_rollout.py",
        "tests/cli/test_reading_progress.py",
    ),
    "pushspec/plan/evaluation.py": (*_PLANS, *_TASKS, "tests/approvals/test_missing.py"),
    "pushspec/plan/saved.py": (
        "tests/plan/test_saved.py",
        "tests/views/test_plan_screen.py",
        "tests/cli/test_zone_data.py",
    ),
    "pushspec/plan/policies/__init__.py": _POLICIES,
    "pushspec/plan/policies/bounds.py": (
        *_POLICIES,
        "tests/audience/test_pinned_campaigns.py",
        "tests/field/test_refused_people.py",
        "tests/plan/test_local_hours.py",
    ),
    "pushspec/plan/policies/content.py": (*_POLICIES, "tests/plan/test_browser_pushes.py"),
    "pushspec/plan/policies/context.py": (*_POLICIES, "tests/apply/test_task_gate.py"),
    "pushspec/plan/policies/overlap.py": (
        "tests/plan/test_overlap.py",
        "tests/audience/test_without_the_list.py",
        *_POLICIES,
    ),
    "pushspec/plan/policies/related.py": (
        "tests/plan/test_related.py",
        "tests/audience/test_without_the_list.py",
        *_POLICIES,
    ),
    "pushspec/plan/policies/repeats.py": (
        *_POLICIES,
        "tests/audience/test_without_the_list.py",
        "tests/field/test_reverts.py",
        "tests/views/test_group_remarks.py",
    ),
    "pushspec/plan/policies/timing.py": (
        *_POLICIES,
        "tests/plan/test_own_pace.py",
        "tests/plan/test_git_pushes.py",
        "tests/plan/test_local_hours.py",
    ),
    "pushspec/plan/policies/approvals.py": ("tests/approvals/test_missing.py", *_POLICIES),
    "pushspec/plan/policies/pins.py": (*_POLICIES, "tests/audience/test_pinned_campaigns.py"),
    "pushspec/plan/policies/rollout.py": (
        *_POLICIES,
        "tests/plan/test_rollout.py",
        "tests/cli/test_rollout.py",
    ),
    "pushspec/plan/policies/sizes.py": ("tests/plan/test_list_sizes.py", *_POLICIES),
    "pushspec/plan/policies/shares.py": (
        "tests/audience/test_shares.py",
        "tests/audience/test_without_the_list.py",
        *_POLICIES,
    ),
    "pushspec/plan/rollout.py": ("tests/plan/test_rollout.py", "tests/plan/test_stages.py"),
    "pushspec/plan/evidence.py": _ROLLOUT,
    "pushspec/apply/stage_gates.py": _ROLLOUT,
    "pushspec/apply/stage_watch.py": _ROLLOUT,
    "pushspec/operate/steering.py": _ROLLOUT,
    "pushspec/audience/shares.py": ("tests/audience/test_shares.py", "tests/plan/test_stages.py"),
    "pushspec/plan/schedules.py": ("tests/apply/test_task_gate.py", *_TASKS[1:]),
    "pushspec/tencent/operations/changing.py": ("tests/tencent/test_revoke.py", *_TASKS),
    "pushspec/apply/campaign_tasks.py": _TASKS,
    "pushspec/apply/task_doubts.py": ("tests/apply/test_task_doubts.py", *_TASKS[:1]),
    "pushspec/apply/task_look.py": ("tests/apply/test_task_doubts.py", *_TASKS),
    "pushspec/apply/task_records.py": ("tests/apply/test_task_gate.py", *_TASKS),
    "pushspec/operate/resolve_task.py": _TASKS[:1],
    "pushspec/operate/evidence.py": (
        "tests/operate/test_doubt.py",
        "tests/views/test_doubt.py",
        "tests/cli/test_evidence.py",
    ),
    "pushspec/approvals/count.py": _SIGNATURES,
    "pushspec/approvals/crypto.py": ("tests/approvals/test_verification.py", *_SSHSIG[:1]),
    "pushspec/approvals/keys.py": ("tests/approvals/test_keys.py", *_SIGNATURES),
    "pushspec/approvals/signers.py": ("tests/approvals/test_signers.py", "tests/approvals/test_count.py"),
    "pushspec/approvals/sshsig.py": _SSHSIG,
    "pushspec/approvals/statement.py": ("tests/approvals/test_statement.py", "tests/approvals/test_count.py"),
    "pushspec/approvals/verification.py": ("tests/approvals/test_verification.py", *_SSHSIG),
    "pushspec/api/approval.py": (
        "tests/views/test_plan_screen.py",
        "tests/field/test_closed_places.py",
        "tests/api/test_errors.py",
        "tests/plan/test_saved.py",
        "tests/cli/test_apply.py",
        "tests/cli/test_approvals.py",
        "tests/api/test_library.py::test_a_saved_plan_approves_what_it_shows_and_nothing_else",
    ),
    "pushspec/spec/rules/audience.py": _RULES,
    "pushspec/spec/rules/conditions.py": (*_RULES, "tests/field/test_passed_over.py"),
    "pushspec/spec/rules/envelope.py": (
        *_RULES,
        "tests/plan/test_newer_fields.py",
        "tests/plan/test_browser_pushes.py",
    ),
    "pushspec/spec/rules/local.py": _RULES,
    "pushspec/spec/rules/message.py": _RULES,
    "pushspec/spec/rules/notification.py": (*_RULES, "tests/views/test_preview_text.py"),
    "pushspec/spec/rules/recall.py": _RULES,
    "pushspec/spec/rules/rollout.py": (*_RULES, "tests/plan/test_stages.py"),
    "pushspec/spec/rules/schedule.py": _RULES,
    "pushspec/spec/rules/shares.py": ("tests/audience/test_shares.py", *_RULES),
    "pushspec/spec/rules/web.py": _RULES,
    "pushspec/spec/rules/xiaomi.py": _RULES,
}
"""What decides which calls there are, with tests that write projects; no history of the engine gets there."""

PARTS = ENGINE | PLANNING

_LAST_JUDGE = ("tests/proof/test_histories.py::test_no_history_breaks_a_promise[0]",)
_BARE = ("--noconftest", "-k", "not git and not objects and not postgresql")
"""No test of the engine needs a fixture of ``conftest.py``, and loading it takes longer than most of them."""
_PATIENCE_S = 60
"""Of a processor: a mutant that runs for longer runs in circles, and counts as killed."""
_DEADLOCK_S = 1800
_LIBRARIES = (
    "hypothesis.stateful",
    "pytest",
    "anyio._backends._asyncio",
    "httpx",
    "pydantic",
    "click",
    "jinja2",
    "deepdiff",
    "rich.cells",
    "yaml",
)
Reaching = dict[int, list[str]]
"""For each line the tests that run it."""
BELOW_ALL_PARTS = ("pushspec.tencent.codes", "pushspec.tencent.exchange", "pushspec.tencent.model")
"""Loaded once for all mutants, because they change none of it."""


class Tally(NamedTuple):
    """What became of a module's mutants."""

    part: str
    mutants: int
    accepted: int
    survived: int


def main() -> int:
    """Try every mutant of the chosen parts; 1 where one survives that is not accepted as equivalent."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", default=list(PARTS))
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--lines", default="", help="only mutants of lines that hold this text")
    options.add_argument("--sample", type=int, help="so many mutants a part, spread over it; default: all")
    chosen = options.parse_args()
    if unknown := set(chosen.parts) - PARTS.keys():
        options.error(f"PARTS names no tests for {', '.join(sorted(unknown))}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        original = _copy_project(Path(folder) / "original")
        for library in _LIBRARIES:
            importlib.import_module(library)  # once, before the children are forked
        with multiprocessing.get_context("fork").Pool(chosen.jobs, _settle_in, (original,)) as pool:
            wanted = partial(_wanted, only=chosen.lines, sample=chosen.sample)
            reaching = _reaching_all(pool, chosen.parts)
            tallies = [_try_part(original, part, pool, wanted, reaching[part]) for part in chosen.parts]
    print(f"\n{'part':30} mutants   killed accepted survived")
    for tally in (*tallies, _sum_of(tallies)):
        killed = tally.mutants - tally.accepted - tally.survived
        print(f"{tally.part:30} {tally.mutants:7} {killed:8} {tally.accepted:8} {tally.survived:8}")
    print(f"{(time.monotonic() - started) / 60:.0f} minutes with {chosen.jobs} jobs")
    return 1 if any(tally.survived for tally in tallies) else 0


def _copy_project(folder: Path) -> Path:
    for name in ("pushspec", "tests", "docs"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copy(PROJECT / "pyproject.toml", folder)
    compileall.compile_dir(folder, quiet=2)
    return folder


def _settle_in(original: Path) -> None:
    """Give a worker its own copy of the project."""
    own = original.with_name(str(os.getpid()))
    shutil.copytree(original, own)
    sys.path[:0] = [str(own), str(own / "tests")]
    sys.dont_write_bytecode = True
    os.chdir(own)
    for module in BELOW_ALL_PARTS:
        importlib.import_module(module)


def _wanted(mutants: Iterable[Mutant], *, only: str, sample: int | None) -> list[Mutant]:
    """Return the mutants of lines that hold a text, or so many of them from the first line to the last."""
    found = [mutant for mutant in mutants if only in mutant.text]
    if sample is None or sample >= len(found):
        return found
    return [found[number * len(found) // sample] for number in range(sample)]


def _reaching_all(pool: Pool, parts: Sequence[str]) -> dict[str, Reaching]:
    """Return for each part which tests run which of its lines, once they all pass without any change."""
    engine = [part for part in parts if part not in PLANNING]
    if engine and not pool.apply(_passes, (_LAST_JUDGE, *_BARE)):
        sys.exit(f"{_LAST_JUDGE[0]} fails without any change")
    # Those of planning meet each other's tests: most of their lines decide what a whole plan says.
    groups = [[part] for part in engine] + [[part for part in parts if part in PLANNING]]
    found: dict[str, Reaching] = {}
    for group, reaching in zip(groups, pool.map(_reaching, groups, chunksize=1), strict=True):
        if reaching is None:
            sys.exit(f"the tests of {', '.join(group)} fail without any change")
        found |= reaching
    return found


def _try_part(
    folder: Path,
    part: str,
    pool: Pool,
    wanted: Callable[[Iterable[Mutant]], list[Mutant]],
    reaching: Reaching,
) -> Tally:
    source = (folder / part).read_text()
    every = list(mutants_of(source))
    mutants = wanted(every)
    whole = whole_statements(source)
    tries = [
        (mutant.source, _reaching_any(reaching, whole.get(mutant.line, [mutant.line]))) for mutant in mutants
    ]
    fates = pool.imap(partial(_survives, part), tries)
    accepted, survived = set(), 0
    for mutant, survives in zip(mutants, fates, strict=True):
        if survives and (name := (part, mutant.text, mutant.change)) in EQUIVALENTS:
            accepted.add(name)
        elif survives:
            survived += 1
            print(f"{part}:{mutant.line}: {mutant.change}   {mutant.text}", flush=True)
    left_out = {(part, mutant.text, mutant.change) for mutant in every if mutant not in mutants}
    for name in EQUIVALENTS.keys() - accepted - left_out:
        if name[0] == part:
            print(f"stale, no longer survives: {name}", flush=True)
    return Tally(part, len(mutants), len(accepted), survived)


def _reaching_any(reaching: Reaching, lines: Iterable[int]) -> list[str]:
    return list(dict.fromkeys(test for line in lines for test in reaching.get(line, ())))


def _sum_of(tallies: Sequence[Tally]) -> Tally:
    _, mutants, accepted, survived = zip(*tallies, strict=True)
    return Tally("together", sum(mutants), sum(accepted), sum(survived))


def _survives(part: str, changed: tuple[str, Sequence[str]]) -> bool:
    """Run the part's tests over a changed source in a process of their own, then the last judge.

    Args:
        part: The module.
        changed: Its source, and the tests that run the changed line; all of the part where there are none.
    """
    source, reaching = changed
    path = Path(part)
    original = path.read_text()
    path.write_text(source)
    try:
        files = tuple(dict.fromkeys(test.partition("::")[0] for test in reaching))
        if not _passes(files or PARTS[part], *_options(part), only=reaching):
            return False
        return part in PLANNING or _passes(_LAST_JUDGE, *_BARE)
    finally:
        path.write_text(original)


def _options(part: str) -> tuple[str, ...]:
    return () if part in PLANNING else _BARE


def _reaching(parts: Sequence[str]) -> dict[str, Reaching] | None:
    """Return which tests of parts run which of their lines; None where one of the tests fails."""
    if not parts:
        return {}
    tests = tuple(dict.fromkeys(test for part in parts for test in PARTS[part]))
    with tempfile.NamedTemporaryFile() as told:
        child = os.fork()
        if child == 0:
            code, watch = 1, Watch(str(Path(part).resolve()) for part in parts)
            try:
                code = _run_quietly(tests, _options(parts[0]), [watch], _DEADLOCK_S)
                found = {part: list(watch.tests(str(Path(part).resolve())).items()) for part in parts}
                Path(told.name).write_text(json.dumps(found))
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        return {part: dict(lines) for part, lines in json.load(told).items()} if status == 0 else None


def _passes(tests: tuple[str, ...], *options: str, only: Sequence[str] = ()) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            # What is changed as a module is loaded reaches every test, and they take their time.
            code = _run_quietly(
                tests, options, [Only(only)] if only else [], _PATIENCE_S if only else _DEADLOCK_S
            )
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0


def _run_quietly(
    tests: tuple[str, ...], more: tuple[str, ...], own: Sequence[object], patience_s: int
) -> int:
    import pytest

    signal.setitimer(signal.ITIMER_PROF, patience_s)
    signal.alarm(_DEADLOCK_S)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    # Nobody reads why a mutant died: nothing is loaded or rewritten to tell it, which saves most of the time.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = [*more, "-x", "-q", "--assert=plain", "-W", "ignore::Warning"]
    plugins = ["simulation.places", "no:cacheprovider", "no:unraisableexception"]
    return int(pytest.main([*options, *(f"-p{plugin}" for plugin in plugins), *tests], [*own]))


if __name__ == "__main__":
    sys.exit(main())

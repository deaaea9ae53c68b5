"""Compares what arrived with what was allowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from oracle.approvals import needed_people
from oracle.hours import are_hours_held_soon, text_closed_at
from oracle.ledger import EVERYBODY, PUSHES
from oracle.lockfiles import REFUSE, SOUND
from oracle.moments import BLACKOUT, QUIET, blocks, closed_at, day_begins, is_held_soon
from oracle.stages import gate_of
from oracle.standing import may_leave, used_of_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from oracle.history import Tree
    from oracle.machine import Ended
    from oracle.service import Arrival
    from oracle.standing import Scene, Standing
    from oracle.wishes import Text, Wish

_ADDED = frozenset({"MsgRandom", "DataId", "To_Account"})
_SAVED_FOR = timedelta(hours=24)
_HARMLESS = frozenset({"ok", "slow"})


class BrokenPromiseError(AssertionError):
    """Something arrived that must not, or did not arrive though it had to.

    Attributes:
        kind: Which promise, in a word.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


class UnknowableError(Exception):
    """From here on no program could know the truth, so nothing is judged."""


@dataclass(frozen=True)
class View:
    """What the files said at a moment.

    Attributes:
        tree: The files.
        at: When.
        scene: What campaigns are judged by.
        standings: Where they stand; of those that were named.
        lock: Whether the lockfile can be believed.
        lock_why: Why not.
    """

    tree: Tree
    at: datetime
    scene: Scene
    standings: Sequence[Standing]
    lock: str
    lock_why: str

    def pending(self) -> dict[tuple[str, int], tuple[str, list[list[str]]]]:
        """Return what is still to be sent, and to whom."""
        return {one.wish.key: (one.wish.core, self._left(one)) for one in self.standings if one.is_pending}

    def _left(self, stands: Standing) -> list[list[str]]:
        return [sorted(self.scene.ledger.left(stands.wish, text)) for text in stands.wish.texts]

    @property
    def is_sure(self) -> bool:
        """Whether nobody may see it otherwise."""
        return all(one.is_sure and not one.wish.faults + one.wish.doubts for one in self.standings)


@dataclass(frozen=True)
class Run:
    """One apply.

    Attributes:
        shown: What was approved.
        now: What the files said under the lock.
        approval: How it was approved.
        arrivals: What left.
        ended: How the command ended.
        ended_at: When.
        is_edited: Whether it had a saved plan that somebody had edited.
    """

    shown: View
    now: View
    approval: str
    arrivals: Sequence[Arrival]
    ended: Ended
    ended_at: datetime
    is_edited: bool = False


def judge(run: Run) -> None:
    """Hold a run against the reference, and write into the ledger what it did.

    Raises:
        BrokenPromiseError: It broke a promise.
    """
    if run.ended.code == 3:
        raise BrokenPromiseError("bug", run.ended.err)
    agreed = agreement(run)
    last = None
    for arrival in run.arrivals:
        last = _judge_arrival(run, arrival, agreed)
    if run.ended.is_killed:
        if last is not None:
            run.now.scene.ledger.may_have_sent(last, run.ended_at)
        _forgive_the_dead(run)
    elif run.now.lock == REFUSE or run.is_edited:
        _judge_refusal(run)
    elif agreed == "same" and run.now.is_sure and run.now.lock == SOUND:
        _judge_rest(run)
    if run.now.lock != REFUSE:
        _forgive_the_late(run)


def _judge_refusal(run: Run) -> None:
    """Check that a run says why it sent nothing: the lockfile forbids it, or its plan was edited."""
    is_forbidden = run.now.lock == REFUSE
    why = run.now.lock_why if is_forbidden else "the saved plan was edited"
    ways = _refusals(run) if is_forbidden else {6}
    if (run.now.is_sure or not is_forbidden) and run.ended.code not in ways:
        raise BrokenPromiseError("exit", f"{run.ended.code} although {why}\n{run.ended.err}")


def _refusals(run: Run) -> set[int]:
    """Return how a run may end that the lockfile forbids."""
    if "has no lockfile" in run.ended.out:
        return {130}  # the person who was asked said no
    is_old = run.approval == "saved" and run.now.at - run.shown.at > _SAVED_FOR
    # A saved plan that is too old, or was edited, is refused before the lockfile is read.
    return {6, 8} if is_old or run.is_edited else {8}


def agreement(run: Run) -> str:
    """Return whether what is to be sent is what was approved: ``same``, ``other`` or ``unclear``."""
    before, after = run.shown.pending(), run.now.pending()
    if run.approval == "approved":
        before = after  # nobody confirmed a plan: each campaign that leaves needs people who signed it
    if run.approval == "saved":
        due = {one.wish.key for one in run.now.standings if one.state == "send" and one.is_sure}
        is_other = any(before.get(key, ("", []))[0] != after[key][0] for key in due)
        is_other = is_other or any(key in after and after[key][0] != before[key][0] for key in before)
        is_other = is_other or run.now.at - run.shown.at > _SAVED_FOR
    else:
        is_other = before != after or (run.approval == "approved" and _is_unasked(run.now))
    is_sure = run.shown.is_sure and run.now.is_sure and run.shown.lock == run.now.lock == SOUND
    is_sure = is_sure and not _has_opened(run)
    if is_other:
        return "other" if is_sure else "unclear"
    return "same" if is_sure and written(run.shown.tree) == written(run.now.tree) else "unclear"


def _has_opened(run: Run) -> bool:
    """Whether the gate of a stage opened meanwhile: then more leaves than the plan showed."""
    shown = {one.wish.key: one.open for one in run.shown.standings}
    return any(shown.get(one.wish.key, one.open) != one.open for one in run.now.standings)


def _is_unasked(view: View) -> bool:
    """Whether a campaign would leave that no rule asks anybody to approve."""
    due = [one.wish for one in view.standings if one.state == "send"]
    return any(needed_people(wish, view.scene.project) == 0 for wish in due)


def written(tree: Tree) -> Tree:
    """Return the files that people write."""
    folders = ("campaigns/", "audiences/", "pushspec.yaml")
    return {path: data for path, data in tree.items() if path.startswith(folders)}


class _Hit(NamedTuple):
    stands: Standing
    text: Text
    people: set[str]


def _judge_arrival(run: Run, arrival: Arrival, agreed: str) -> Wish:
    """Check one request, write it down, and return whose it is."""
    hit = _find(run, arrival)
    scene = replace(run.now.scene, now=arrival.at)
    what = f"{hit.stands.wish.name}@{hit.stands.wish.version} at {arrival.at:%d %H:%M:%S}"
    if run.now.lock == REFUSE:
        raise BrokenPromiseError("lockfile", f"{what} left although {run.now.lock_why}")
    if agreed == "other":
        raise BrokenPromiseError(
            "unapproved", f"{what} left though the plan that was approved said otherwise"
        )
    why = may_leave(hit.stands, hit.text, hit.people, scene)
    if why:
        kind = "when" if hit.stands.is_pending else f"{hit.stands.state} {hit.stands.why}"
        raise BrokenPromiseError(kind, f"{what} left although {why}")
    _check_day(hit, scene, arrival, what)
    wish, ledger = hit.stands.wish, scene.ledger
    ledger.take(wish, hit.text, hit.people, arrival)
    gate = gate_of(wish, ledger, arrival.at)
    if gate.stop and gate.is_sending and wish.key not in ledger.stopped:
        ledger.wavering.add(wish.key)
    return wish


def _find(run: Run, arrival: Arrival) -> _Hit:
    """Return whose request it is, and check who is named in it."""
    body = content_of(arrival.body)
    named = arrival.body.get("To_Account", [EVERYBODY])
    hits = [
        _Hit(stands, text, set(named))
        for stands in run.now.standings
        for text in stands.wish.texts
        if (text.path, text.body) == (arrival.path, body)
    ]
    if not hits:
        raise BrokenPromiseError("bytes", f"no file says this: {arrival.path} {arrival.body}")
    meant = [hit for hit in hits if hit.people <= set(hit.text.accounts or [EVERYBODY])]
    if not meant:
        strangers = sorted(set(named) - set(hits[0].text.accounts or [EVERYBODY]))
        raise BrokenPromiseError("people", f"{hits[0].stands.wish.name} went to {strangers}")
    new = [hit for hit in meant if hit.people <= run.now.scene.ledger.left(hit.stands.wish, hit.text)]
    if not new or len(set(named)) < len(named):
        raise BrokenPromiseError("twice", f"{meant[0].stands.wish.name} went to {sorted(named)} again")
    return next((hit for hit in new if hit.stands.is_pending), new[0])


def content_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request without its people, and without what pushspec adds."""
    return {name: value for name, value in body.items() if name not in _ADDED}


def _check_day(hit: _Hit, scene: Scene, arrival: Arrival, what: str) -> None:
    if arrival.path not in PUSHES:
        return
    begins = day_begins(scene.settings, arrival.at)
    used = sum(at > begins for at in scene.ledger.pushes)
    cap = scene.policy.get("max_push_calls_per_day", scene.most)
    most = (
        min(scene.most, cap)
        if blocks(scene.policy, hit.stands.wish, "max-push-calls-per-day")
        else scene.most
    )
    if used >= most:
        raise BrokenPromiseError("quota", f"{what} is push {used + 1} of {most} of its day")


def _forgive_the_dead(run: Run) -> None:
    """Note what a run that died may have begun or left in doubt: the campaign that it was at."""
    for stands in run.now.standings:
        if stands.state == "send" and stands.is_left(run.now.scene.ledger):
            run.now.scene.ledger.may_have_sent(stands.wish, run.ended_at)
            return


def _forgive_the_late(run: Run) -> None:
    """Note what a run may have begun a moment before its time was over, so that it made no request."""
    ledger = run.now.scene.ledger
    for stands in run.now.standings:
        is_left = stands.state == "send" and stands.is_left(ledger)
        if is_left and stands.wish.key not in ledger.cores and _is_over(run, stands):
            ledger.perhaps.add(stands.wish.key)


def _judge_rest(run: Run) -> None:
    """Check that everything that was allowed and approved arrived, and that the run says so."""
    if any(arrival.reply not in _HARMLESS or arrival.code != 0 for arrival in run.arrivals):
        return
    left = [
        stands
        for stands in run.now.standings
        if stands.state == "send" and stands.is_left(run.now.scene.ledger)
    ]
    # A run stops where the day's pushes are used up, also what needs none of them: that leaves with the next.
    is_day_over = any(not stands.wish.is_local and _is_full(run, stands) for stands in left)
    for stands in left:
        if not is_day_over and not _may_be_left(run, stands):
            what = f"{stands.wish.name}@{stands.wish.version}"
            text = f"{what} did not arrive; exit {run.ended.code}\n{_told(run)}"
            raise BrokenPromiseError("missing", text)
    expected = None if left else _exit_code(run)
    if expected is not None and run.ended.code != expected:
        raise BrokenPromiseError("exit", f"{run.ended.code} instead of {expected}\n{_told(run)}")


def _may_be_left(run: Run, stands: Standing) -> bool:
    """Whether a run was right to end without a campaign: its time is over, or the run learnt of a stop."""
    is_stopped = not stands.wish.is_local and _is_stopped_since(run, stands)
    return is_stopped or _is_over(run, stands)


def _is_over(run: Run, stands: Standing) -> bool:
    """Whether nothing that is left of a campaign may leave any more when a run ends."""
    policy, wish = run.now.scene.policy, stands.wish
    if wish.is_local:
        left = (text for text in stands.may_leave_now if run.now.scene.ledger.left(wish, text))
        is_night = are_hours_held_soon(policy, wish, run.ended_at)
        return is_night or all(text_closed_at(policy, wish, text, text.zones, run.ended_at) for text in left)
    return bool(closed_at(policy, wish, run.ended_at)) or is_held_soon(policy, wish, run.ended_at)


def _is_full(run: Run, stands: Standing) -> bool:
    """Whether the day has no room for all that is left, with every attempt counted, also those in vain."""
    scene = replace(run.now.scene, now=run.ended_at)
    need = sum(
        text.path in PUSHES and bool(scene.ledger.left(stands.wish, text)) for text in stands.wish.texts
    )
    cap = min(scene.most, scene.policy.get("max_push_calls_per_day", scene.most))
    return need > 0 and used_of_day(scene, certain=False) + need > cap


def _exit_code(run: Run) -> int | None:
    """Return how the run has to end; None where that hangs on more than this run."""
    if run.now.scene.ledger.doubted or run.now.scene.ledger.perhaps or run.now.scene.ledger.refused:
        return None
    if any(
        stands.wish.closes is not None or stands.wish.is_local or _is_stopped_since(run, stands)
        for stands in run.now.standings
    ):
        return None
    if run.approval == "saved" and _was_applied(run):
        return 6
    if any(arrival.refused for arrival in run.arrivals):
        is_partial = any(
            arrival.refused < len(arrival.body.get("To_Account", EVERYBODY)) for arrival in run.arrivals
        )
        return 7 if is_partial else None
    stopped = [stands for stands in run.now.standings if stands.state in {"changed", "blocked", "frozen"}]
    resting = [stands for stands in stopped if stands.why in {QUIET, BLACKOUT} and _is_due(stands, run.now)]
    if resting and _is_held_besides(resting, run.now.scene):
        return None
    return (7 if run.arrivals else 6) if len(stopped) > len(resting) else 0


def _was_applied(run: Run) -> bool:
    """Whether a saved plan had something to send, and all of that is sent since."""
    sent = {stands.wish.key for stands in run.now.standings if stands.state == "sent"}
    return not run.arrivals and bool(run.shown.pending()) and set(run.shown.pending()) <= sent


def _is_stopped_since(run: Run, stands: Standing) -> bool:
    """Whether the run itself learnt what stops a campaign at its gate."""
    return stands.is_pending and bool(gate_of(stands.wish, run.now.scene.ledger, run.ended_at).stop)


def _is_due(stands: Standing, view: View) -> bool:
    """Whether a campaign would leave now if the hour allowed it; another one's author chose such an hour."""
    return stands.wish.opens is None or stands.wish.opens <= view.at


def _is_held_besides(resting: Sequence[Standing], scene: Scene) -> bool:
    """Whether something that was not looked at may hold one that waits for the end of some hours."""
    is_unsigned = any(
        needed_people(one.wish, scene.project) > scene.approved_by(one.wish)[0] for one in resting
    )
    is_stopped = any(gate_of(one.wish, scene.ledger, scene.now).stop for one in resting)
    return is_unsigned or is_stopped or "max_push_calls_per_day" in scene.policy


def _told(run: Run) -> str:
    return run.ended.out + run.ended.err

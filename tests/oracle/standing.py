"""The reference's verdict: where each campaign stands at a moment, from files, truth and calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from oracle.approvals import needed_people
from oracle.hours import are_hours_held_soon, are_over, hours_held, text_closed_at
from oracle.ledger import PUSHES, reach, words
from oracle.moments import DAY, blocks, day_begins, held_at, is_held_soon
from oracle.not_yet import is_drawn
from oracle.stages import gate_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from oracle.ledger import Ledger
    from oracle.wishes import Text, Wish

_SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class Standing:
    """Where a campaign stands.

    Attributes:
        wish: The campaign.
        state: ``send``, ``waiting``, ``sent``, ``changed``, ``doubt``, ``expired``, ``frozen``, ``blocked``.
        why: Why.
        is_sure: Whether nobody may see it otherwise.
        open: How many of its stages may leave.
        due: Of which texts the hour is open, where people have an hour of their own; by their number.
    """

    wish: Wish
    state: str
    why: str = ""
    is_sure: bool = True
    open: int = 1
    due: frozenset[int] | None = None

    @property
    def is_pending(self) -> bool:
        """Whether it is still to be sent."""
        return self.state in {"send", "waiting"}

    def is_left(self, ledger: Ledger) -> bool:
        """Whether somebody of a stage or hour that may leave has not got it yet."""
        return any(ledger.left(self.wish, text) for text in self.may_leave_now)

    @property
    def may_leave_now(self) -> list[Text]:
        """The texts whose stage and hour are open."""
        texts = [
            text for number, text in enumerate(self.wish.texts) if self.due is None or number in self.due
        ]
        return [text for text in texts if text.stage < self.open]


@dataclass(frozen=True)
class Scene:
    """What campaigns are judged by.

    Attributes:
        project: The project file.
        environment: The environment's name.
        names: All names of campaigns in the project.
        ledger: What the app's service took.
        is_frozen: Whether somebody froze the environment.
        now: The moment.
        approved_by: How many people approved a campaign: for certain, and at most.
    """

    project: Mapping[str, Any]
    environment: str
    names: frozenset[str]
    ledger: Ledger
    is_frozen: bool
    now: datetime
    approved_by: Callable[[Wish], tuple[int, int]] = lambda _: (0, 0)

    @property
    def policy(self) -> Mapping[str, Any]:
        """What every campaign must keep to."""
        policy: Mapping[str, Any] = self.project.get("policy", {})
        return policy

    @property
    def settings(self) -> Mapping[str, Any]:
        """The environment."""
        settings: Mapping[str, Any] = self.project["environments"][self.environment]
        return settings

    @property
    def most(self) -> int:
        """How many pushes the day has."""
        most: int = self.settings.get("limits", {}).get("push_calls_per_day", 100)
        return most


def standings(wishes: Sequence[Wish], scene: Scene) -> list[Standing]:
    """Return where campaigns stand; each that would be sent leaves less of the day to the next."""
    found, planned, perhaps = [], 0, 0
    for wish in wishes:
        stands = _of(wish, scene)
        need = _need(wish, scene.ledger)
        if stands.state == "send" and need:
            stands = _of_day(stands, scene, need, planned, perhaps)
        if stands.state == "send":
            planned, perhaps = planned + (need if stands.is_sure else 0), perhaps + need
        found.append(stands)
    return found


def _need(wish: Wish, ledger: Ledger) -> int:
    return sum(text.path in PUSHES and bool(ledger.left(wish, text)) for text in wish.texts)


def _of_day(stands: Standing, scene: Scene, need: int, planned: int, perhaps: int) -> Standing:
    used, most_used = used_of_day(scene, certain=True), used_of_day(scene, certain=False)
    caps = [("quota", scene.most)]
    if blocks(scene.policy, stands.wish, "max-push-calls-per-day"):
        caps.append(("max-push-calls-per-day", scene.policy.get("max_push_calls_per_day", scene.most)))
    for name, cap in caps:
        if used + planned + need > cap:
            return Standing(stands.wish, "blocked", name)
        if most_used + perhaps + need > cap:
            stands = replace(stands, is_sure=False, why=name)
    return stands


def used_of_day(scene: Scene, *, certain: bool) -> int:
    """Return how many pushes of the day are used: for certain, or at most."""
    # A moment after a day began, what left a moment before it may still count.
    begins = day_begins(scene.settings, scene.now if certain else scene.now - _SLACK)
    counted: Iterable[datetime] = scene.ledger.pushes if certain else scene.ledger.tries
    return sum(at > begins + (_SLACK if certain else -_SLACK) for at in counted)


def _of(wish: Wish, scene: Scene) -> Standing:
    ledger, now = scene.ledger, scene.now
    is_sure = wish.key not in ledger.perhaps and not wish.doubts
    cores = ledger.cores.get(wish.key, set())
    if wish.faults:
        return Standing(wish, "blocked", wish.faults[0])
    if wish.key in ledger.doubted:
        return Standing(wish, "doubt")
    if cores and wish.core not in cores:
        return Standing(wish, "changed")
    if wish.key in ledger.recalled:
        is_left = any(ledger.left(wish, text) for text in wish.texts)
        return Standing(wish, "blocked" if is_left else "sent", "recalled")
    if not any(ledger.left(wish, text) for text in wish.texts):
        return Standing(wish, "sent")
    left = [text for text in wish.texts if ledger.left(wish, text)]
    if are_over(wish, left, now):
        return Standing(wish, "expired")
    if scene.project.get("frozen") or scene.is_frozen:
        return Standing(wish, "frozen")
    leaves_at = now if wish.opens is None else max(now, wish.opens)
    why = _policy(wish, scene, leaves_at)
    if why:
        return Standing(wish, "blocked", why)
    needed, (certain, possible) = needed_people(wish, scene.project), scene.approved_by(wish)
    if needed > possible:
        return Standing(wish, "blocked", "approvals")
    is_sure = is_sure and needed <= certain and not _was_said(wish, scene)
    stands = Standing(wish, "send" if leaves_at == now else "waiting", is_sure=is_sure)
    return _in_hours(stands, scene, left) if wish.is_local else _at_gate(stands, scene, leaves_at)


def _in_hours(stands: Standing, scene: Scene, left: Sequence[Text]) -> Standing:
    """Return where a campaign stands whose people get it at an hour of their own."""
    wish, now = stands.wish, scene.now
    is_sure = stands.is_sure and not are_hours_held_soon(scene.policy, wish, now)
    due = frozenset(
        number
        for number, text in enumerate(wish.texts)
        if not text_closed_at(scene.policy, wish, text, text.zones, now)
    )
    is_due = any(number in due and text in left for number, text in enumerate(wish.texts))
    return replace(stands, state="send" if is_due else "waiting", is_sure=is_sure, due=due)


def _at_gate(stands: Standing, scene: Scene, leaves_at: datetime) -> Standing:
    """Return where a campaign stands that nothing but its stages holds back."""
    is_held = is_held_soon(scene.policy, stands.wish, leaves_at)
    gate = gate_of(stands.wish, scene.ledger, scene.now)
    is_sure = stands.is_sure and gate.is_sure and not is_held
    if gate.stop:
        return Standing(stands.wish, "blocked", gate.stop, is_sure)
    stands = replace(stands, is_sure=is_sure, open=gate.open)
    return stands if stands.is_left(scene.ledger) else replace(stands, state="waiting", why="a gate holds")


def _policy(wish: Wish, scene: Scene, leaves_at: datetime) -> str:
    policy = scene.policy
    rules = {
        "require": any(not _has(wish, key) for key in policy.get("require", ())),
        "max-accounts": wish.people > policy.get("max_accounts", wish.people),
        "allowed-senders": wish.spec.get("from", "")
        not in ["", *policy.get("allowed_senders", [wish.spec.get("from")])],
        "forbidden-words": any(
            word.casefold() in words(text).casefold()
            for word in policy.get("forbidden_words", ())
            for text in wish.texts
        ),
        "repeat": _is_repeat(wish, scene),
        "version-lowered": scene.ledger.newest(wish.name) > wish.version,
        "exclude-without-effect": wish.has_idle_exclude,
    }
    broken = (name for name, is_broken in rules.items() if is_broken and is_drawn(name))
    found = next((name for name in broken if blocks(policy, wish, name)), "")
    return found or (hours_held(policy, wish) if wish.is_local else held_at(policy, wish, leaves_at))


def _has(wish: Wish, key: str) -> bool:
    holder = wish.spec.get("schedule", {}) if key in {"not_before", "not_after"} else wish.spec
    if holder is not wish.spec and wish.is_local:
        return True  # each person's hour begins and ends
    return bool(holder.get(key))


def _is_repeat(wish: Wish, scene: Scene) -> bool:
    """Whether a campaign that is gone said one of its texts to the same people lately."""
    said = {(text, people) for at, name, text, people in _gone(scene) if scene.now - at < 6.9 * DAY}
    return (
        "rollout" not in wish.spec
        and wish.key not in scene.ledger.cores
        and any((words(text), reach(wish, text)) in said for text in wish.texts)
    )


def _was_said(wish: Wish, scene: Scene) -> bool:
    """Whether one that is gone may have said the same, to others or long ago: then opinions differ."""
    gone = {said for _, _, said, _ in _gone(scene)}
    gone |= {said for name, said in scene.ledger.begun if name not in scene.names}
    return any(words(text) in gone for text in wish.texts)


def _gone(scene: Scene) -> Iterable[tuple[datetime, str, str, str]]:
    return (one for one in scene.ledger.said if one[1] not in scene.names)


def may_leave(stands: Standing, text: Text, people: Iterable[str], scene: Scene) -> str:
    """Return why a text may not go to these people at the scene's moment; empty where it may."""
    if not stands.is_pending:
        return f"it is {stands.state} ({stands.why})" if stands.is_sure else ""
    if text.stage >= stands.open:
        return f"no gate opens stage {text.stage}"
    return text_closed_at(scene.policy, stands.wish, text, people, scene.now)

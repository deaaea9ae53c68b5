"""What people do beside applying, and how it is judged: try, take back, stop, and let go on."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from oracle.history import Recall, Stop, Try
from oracle.judge import BrokenPromiseError, UnknowableError
from oracle.lockfiles import REFUSE, SOUND
from oracle.stages import steer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from oracle.history import Continue
    from oracle.judge import View
    from oracle.ledger import Key, Ledger
    from oracle.machine import Ended
    from oracle.play import Player
    from oracle.service import Arrival

_CONFIRM = re.compile(r"--confirm ([0-9a-f]{32,64})")
_LATE = timedelta(hours=24)
_TAKEN_BEFORE = frozenset({90050, 20023})
"""So the service says of a push and of a message that somebody took back before."""


def act_beside(player: Player, step: Stop | Continue | Try | Recall) -> None:
    """Let one of these happen, and judge it.

    Raises:
        BrokenPromiseError: A promise does not hold.
    """
    match step:
        case Try():
            _try(player, step)
        case Recall():
            _take_back(player, step)
        case _:
            _stop_or_continue(player, step)


def _stop_or_continue(player: Player, step: Stop | Continue) -> None:
    """Let a person stop a campaign or open its next gate, and remember what that means."""
    view = player.view(step.environment, [step.name])
    word = "stop" if isinstance(step, Stop) else "continue"
    ended = player.command(word, step.name, "-e", step.environment, "--why", "a person says so")
    if ended.code != 0:
        return
    if view is None or not view.standings:
        raise UnknowableError(f"nobody knows of which version {word} speaks")
    for stands in view.standings:
        steer(view.scene.ledger, stands.wish, view.at, word)


def _try(player: Player, step: Try) -> None:
    """Let a person try a campaign; whatever comes of it, it is not sent yet."""
    view = player.view(step.environment, [step.name])
    arrivals, ended = _confirmed(player, step, "try", "--no-trace")
    if view is None:
        return
    _judge_try(view, arrivals)
    is_right = view.is_sure and view.lock == SOUND and "testers" in view.scene.settings
    if is_right and not _is_frozen(view) and view.standings and not arrivals:
        raise BrokenPromiseError("missing", f"a try did not leave; exit {ended.code}\n{ended.out}{ended.err}")


def _judge_try(view: View, arrivals: Sequence[Arrival]) -> None:
    testers = set(view.scene.settings.get("testers", {}).get("accounts", ()))
    said = [_content(text.body) for stands in view.standings for text in stands.wish.texts]
    for arrival in arrivals:
        if view.lock == REFUSE or _is_frozen(view):
            raise BrokenPromiseError("try", f"it left although {view.lock_why or 'all is frozen'}")
        if strangers := set(arrival.body["To_Account"]) - testers:
            raise BrokenPromiseError("try", f"it went to {sorted(strangers)}")
        if view.is_sure and _content(arrival.body) not in said:
            raise BrokenPromiseError("try", f"the campaign does not say this: {arrival.body}")


def _is_frozen(view: View) -> bool:
    return bool(view.scene.project.get("frozen") or view.scene.is_frozen)


def _content(body: dict[str, Any]) -> list[Any]:
    return [body.get("OfflinePushInfo"), body.get("MsgBody")]


def _take_back(player: Player, step: Recall) -> None:
    """Let a person take a campaign back, as far as the service can."""
    view = player.view(step.environment, [step.name])
    arrivals, _ = _confirmed(player, step, "recall")
    if view is None:
        return
    ledger = view.scene.ledger
    for arrival in arrivals:
        key = _judge_recall(view, step.name, arrival)
        ledger.recalled.add(key)
        if (arrival.is_accepted or arrival.code in _TAKEN_BEFORE) and not arrival.is_doubtful:
            ledger.taken_back.add(_named(arrival))
    asked = {_named(arrival)[0] for arrival in arrivals}
    ledger.half_known -= asked
    ledger.half_known |= {_named(arrival)[0] for arrival in arrivals if arrival.is_doubtful}
    if not arrivals and view.lock == SOUND and any(_can_be_taken_back(view, step.name)):
        raise BrokenPromiseError("missing", f"{step.name} was not taken back")


def _judge_recall(view: View, name: str, arrival: Arrival) -> Key:
    ledger = view.scene.ledger
    if view.lock == REFUSE:
        raise BrokenPromiseError("lockfile", f"{name} was taken back although {view.lock_why}")
    out = ledger.ids.get(arrival.body.get("TaskId") or arrival.body["MsgKey"])
    if out is None or out.key[0] != name:
        raise BrokenPromiseError("recall", f"{arrival.body} takes back what {name} never sent")
    if out.key[1] != _newest_out(ledger, name) and not ledger.perhaps:
        raise BrokenPromiseError("recall", f"version {out.key[1]} of {name} was taken back, not the newest")
    if out.is_task and arrival.at > out.at + _LATE:
        raise BrokenPromiseError("recall", f"{name} was taken back after a day")
    if _named(arrival) in ledger.taken_back and _named(arrival)[0] not in ledger.half_known:
        raise BrokenPromiseError("recall", f"{name} was taken back twice: {arrival.body}")
    return out.key


def _newest_out(ledger: Ledger, name: str) -> int:
    """Return the highest version of a name that somebody has got, or may have got."""
    keys = [*(out.key for out in ledger.ids.values() if out.is_out), *ledger.doubted, *ledger.perhaps]
    return max((version for known, version in keys if known == name), default=0)


def _can_be_taken_back(view: View, name: str) -> Iterator[bool]:
    """Yield whether each task of the newest version is surely out, young and not taken back.

    The service wants its text again: of one that names what rows say, the files must still say it.
    """
    told = {"", *(stands.wish.core for stands in view.standings)}
    newest = name, _newest_out(view.scene.ledger, name)
    for task, out in view.scene.ledger.ids.items():
        is_taken = task in {one for one, _ in view.scene.ledger.taken_back}
        is_open = out.key == newest and out.is_task and out.is_out and not is_taken
        yield is_open and view.at < out.at + _LATE / 2 and out.personal in told


def _named(arrival: Arrival) -> tuple[str, str]:
    body = arrival.body
    return body.get("TaskId") or body["MsgKey"], str(body.get("To_Account", ""))


def _confirmed(player: Player, step: Try | Recall, *command: str) -> tuple[Sequence[Arrival], Ended]:
    """Run a command that shows a digest, and again with that; return what left."""
    word, *options = command
    arguments = [word, step.name, "-e", step.environment, *options]
    before = len(player.services.arrivals)
    shown = player.command(*arguments)
    found = _CONFIRM.search(shown.out + shown.err)
    if found is None or len(player.services.arrivals) > before:
        return player.services.arrivals[before:], shown
    player.services.replies = list(step.replies)
    ended = player.command(*arguments, "--confirm", found[1])
    player.tally[f"requests of {word}"] += len(player.services.arrivals) - before
    return player.services.arrivals[before:], ended

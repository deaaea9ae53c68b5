"""What the service of one app took, and what of it a sender can know: the truth behind all lockfiles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from oracle.service import Arrival
    from oracle.wishes import Text, Wish

EVERYBODY = "*"
"""Stands for all whom a condition means."""

PUSHES = frozenset({"timpush/push", "all_member_push/im_push"})
"""The endpoints that share the day's quota."""

Key = tuple[str, int]


@dataclass
class Out:
    """What is out of one stage.

    Attributes:
        last: When its last request arrived.
        people: How many people its requests named.
        refused: How many of them the service refused.
    """

    last: datetime
    people: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Sent:
    """What an id of the service stands for.

    Attributes:
        key: The campaign.
        at: When its request arrived.
        is_task: Whether one request takes it back, and not one a person.
        is_out: Whether anybody got it.
        personal: What its campaign said if its texts name what rows say, which no lockfile keeps; else empty.
    """

    key: Key
    at: datetime
    is_task: bool
    is_out: bool
    personal: str


@dataclass
class Ledger:
    """One app.

    Attributes:
        cores: What a campaign said when it was begun; several where nobody can know which.
        reached: Who got which text of a campaign, may have got it, or was refused.
        doubted: Campaigns of which a request's outcome is unknown.
        perhaps: Campaigns that a run that died may have begun, or left in doubt.
        refused: Campaigns of which the service refused a request.
        pushes: When requests of the day's quota arrived.
        tries: When one was tried, also where nothing arrived.
        said: What was said to whom, when, under which name.
        begun: Words of every text of what was begun, with its name; some of them may never have left.
        stages: What is out of each stage, by campaign and number.
        wavering: Campaigns of which a condition failed while answers of its stage were still to come: the run
            may have stopped them for good.
        continued: Gates that a person opened, by campaign and number.
        stopped: Campaigns that a person stopped.
        ids: What the service's ids stand for, of requests whose answer came.
        recalled: Campaigns of which somebody asked to take something back.
        taken_back: What is taken back: id, and person where it was one request a person.
        half_known: Ids of which some were taken back and of others the answer was lost: all are asked again.
    """

    cores: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    reached: dict[tuple[Key, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    doubted: set[Key] = field(default_factory=set)
    perhaps: set[Key] = field(default_factory=set)
    refused: set[Key] = field(default_factory=set)
    pushes: list[datetime] = field(default_factory=list)
    tries: list[datetime] = field(default_factory=list)
    said: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    begun: set[tuple[str, str]] = field(default_factory=set)
    stages: dict[tuple[Key, int], Out] = field(default_factory=dict)
    wavering: set[Key] = field(default_factory=set)
    continued: set[tuple[Key, int]] = field(default_factory=set)
    stopped: set[Key] = field(default_factory=set)
    ids: dict[str, Sent] = field(default_factory=dict)
    recalled: set[Key] = field(default_factory=set)
    taken_back: set[tuple[str, str]] = field(default_factory=set)
    half_known: set[str] = field(default_factory=set)

    def left(self, wish: Wish, text: Text) -> set[str]:
        """Return who has not got a text yet."""
        people = {EVERYBODY} if text.accounts is None else set(text.accounts)
        return people - self.reached[wish.key, text.variant + text.identity]

    def take(self, wish: Wish, text: Text, people: set[str], arrival: Arrival) -> None:
        """Write down that a request for these people left."""
        self.cores[wish.key].add(wish.core)
        self.begun |= {(wish.name, words(one)) for one in wish.texts}
        if arrival.path in PUSHES:
            self.pushes.append(arrival.at)
        if arrival.is_doubtful:
            self.doubted.add(wish.key)
        elif arrival.code not in {0, 90024}:
            self.refused.add(wish.key)
            self.reached[wish.key, text.variant + text.identity] |= people  # nobody asks a second time
            self._count(wish, text, arrival, people=len(people), refused=len(people))
        if arrival.is_accepted or arrival.is_doubtful:
            self.reached[wish.key, text.variant + text.identity] |= people
            self.said.append((arrival.at, wish.name, words(text), reach(wish, text)))
            if not arrival.is_doubtful:
                is_task = arrival.path.startswith(("timpush", "all_"))
                personal = wish.core if "personalize" in wish.spec.get("audience", {}) else ""
                is_out = arrival.refused < len(people)
                self.ids[arrival.id] = Sent(wish.key, arrival.at, is_task, is_out, personal)
            self._count(wish, text, arrival, people=len(people), refused=arrival.refused)

    def _count(self, wish: Wish, text: Text, arrival: Arrival, *, people: int, refused: int) -> None:
        """Count a request to the stage that it belongs to; one that was refused as a whole reached nobody."""
        out = self.stages.setdefault((wish.key, text.stage), Out(arrival.at))
        out.last, out.people, out.refused = arrival.at, out.people + people, out.refused + refused

    def may_have_sent(self, wish: Wish, at: datetime) -> None:
        """Write down that a run died over a campaign: whether a request left, its sender cannot know."""
        self.perhaps.add(wish.key)
        self.said += [(at, wish.name, words(text), "unknown") for text in wish.texts]

    def newest(self, name: str) -> int:
        """Return the highest version of a name that was begun; 0 without any."""
        return max((version for known, version in self.cores if known == name), default=0)


def words(text: Text) -> str:
    """Return what people read of a text."""
    info = text.body.get("OfflinePushInfo", {})
    return str([info.get("Title"), info.get("Desc"), text.body.get("MsgBody")])


def reach(wish: Wish, text: Text) -> str:
    """Return whom a campaign means by a text, to compare with others; of a list, all of its people."""
    if text.accounts is None:
        return str(text.body.get("Condition", EVERYBODY))
    return str(wish.whole or [account for one in wish.texts for account in one.accounts or ()])

"""One call: an HTTP request with a permanent key and exact bytes; and the calls of one campaign."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pushspec.audience.unlisted import Unlisted
from pushspec.plan.identity import data_id
from pushspec.serialization import Json, sha256_hex, wire_json
from pushspec.tencent.bodies import body_bytes, compose_body, data_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from pushspec.plan.call_table import CallTable
    from pushspec.plan.departure import Departure
    from pushspec.plan.local_hours import LocalHour
    from pushspec.spec.rollout import Stage
    from pushspec.tencent.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request that a plan shows and an apply makes.

    Attributes:
        key: Its permanent name: ``name@version[/variant][/stage][#part]``; an hour stands where a stage does.
        endpoint: Where it goes.
        msg_random: The number that names it to the service, the same for every attempt.
        content: The body without what is the call's own; parts of a variant share it.
        accounts: Who gets it; empty where the endpoint takes no accounts.
        stage: The number of the stage or the hour that it belongs to, from 0.
        is_private: Its accounts are of a pinned list: nothing shows or keeps one.
        unlisted: How many accounts it names of a list that is not at hand; ``accounts`` is empty then.
    """

    key: str
    endpoint: Endpoint
    msg_random: int
    content: Mapping[str, Json]
    accounts: tuple[str, ...] = ()
    stage: int = 0
    is_private: bool = False
    unlisted: int = 0

    @property
    def path(self) -> str:
        """Where it is posted, such as ``/v4/timpush/push``."""
        return self.endpoint.path

    @property
    def data_id(self) -> str | None:
        """What callbacks name it by: the author's own, else its key; None where the endpoint has no such."""
        return carried_data_id(self.endpoint, self.content, self.key)

    def fields(self) -> dict[str, Json]:
        """Return the fields of its body."""
        return compose_body(
            self.content,
            msg_random=self.msg_random,
            accounts=self.accounts,
            data_id=self.data_id,
        )

    def shown_fields(self) -> dict[str, Json]:
        """Return the fields of its body as they may be shown: without accounts that are private."""
        return replace(self, accounts=()).fields() if self.is_private else self.fields()

    @property
    def body(self) -> bytes:
        """The exact bytes that go on the wire, the same for every attempt: compact JSON in UTF-8."""
        return wire_json(self.fields())

    def payload_sha256(self) -> str:
        """Return the SHA-256 of :attr:`body` in hex."""
        return sha256_hex(self.body)

    @property
    def weight(self) -> int:
        """How many users or messages it counts for the rate limits."""
        return max(1, len(self.accounts))


@dataclass(frozen=True, slots=True)
class PinnedPart:
    """What the digest of a campaign with pinned lists covers, whether or not they are at hand.

    Attributes:
        contents: What each combination of values that the pins tell is sent, variant by variant, and a hash
            over all that makes the content of the others.
        people: Lists, exclusions, shares and limits: all that decides who is in which call.
    """

    contents: Json
    people: Json


@dataclass(frozen=True, slots=True)
class CampaignCalls:
    """What a campaign sends: frozen into the lockfile by its ``begin`` record before the first call.

    Attributes:
        name: The campaign's name.
        version: Its version.
        endpoint: Where all its calls go.
        digest: SHA-256 over all that it would send.
        contents: The body without accounts of each variant and group, by its name in the table.
        accounts_sha256: SHA-256 over those accounts in order, or over the condition.
        audience: The audience in words.
        spec_path: The campaign file, relative to the project.
        spec_sha256: SHA-256 of that file.
        departure: When its calls may leave.
        max_push_calls_per_day: The project's own limit, where it binds this campaign.
        max_refused: The share of accounts that may be refused before the next call, where it binds.
        location: Where the service is, as the plan names it.
        table: What is known of each call from the cut; the only source of what is shown and of what is sent.
        recall: The text that a recall would show, as ``title`` and perhaps ``desc``; None without one.
        approved_by: Who approved it, each as address and key fingerprint.
        statement_sha256: Hash of the statement that they signed; empty without one.
        salt: What decided who falls into which share; empty where nothing was cut.
        shares: The share of each variant as written, in the file's order.
        list_sha256: SHA-256 over the accounts that the shares cut; empty where nothing was cut.
        lists: The pinned lists that it uses, excluded ones included: the hash of each by audience.
        pinned: What its digest covers in place of contents, accounts and parts, where it uses such lists.
        is_about: Its sizes are estimates, because one of them is not at hand.
        rollout: Its stages, which leave one after another; none without a rollout.
        due_at: When the service sends it, from tasks that it keeps; None where apply sends it.
        hours: The hours of its people on their own clocks, by number of the stage; none without local hours.
        zone_data: The release of the zone data that they were computed from; empty without hours.
    """

    name: str
    version: int
    endpoint: Endpoint
    digest: str
    contents: Mapping[str, Mapping[str, Json]]
    accounts_sha256: str
    audience: str
    spec_path: str
    spec_sha256: str
    departure: Departure
    max_push_calls_per_day: int | None
    max_refused: Decimal | None
    location: str
    table: CallTable
    recall: Mapping[str, str] | None = None
    approved_by: tuple[str, ...] = ()
    statement_sha256: str = ""
    salt: str = ""
    shares: Mapping[str, str] = field(default_factory=dict)
    list_sha256: str = ""
    lists: Mapping[str, str] = field(default_factory=dict)
    pinned: PinnedPart | None = None
    is_about: bool = False
    rollout: tuple[Stage, ...] = ()
    due_at: datetime | None = None
    hours: tuple[LocalHour, ...] = ()
    zone_data: str = ""

    @property
    def campaign_key(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def call_count(self) -> int:
        """How many calls it makes."""
        return len(self.table.keys)

    @property
    def is_at_hand(self) -> bool:
        """Whether its accounts are known, not only about how many they are."""
        return not self.is_about and not any(
            isinstance(group.accounts, Unlisted) for group in self.table.groups
        )

    @property
    def hidden_contents(self) -> int:
        """How many contents nobody can tell without a list that is not at hand."""
        return sum(group.hidden for group in self.table.groups)

    @property
    def account_count(self) -> int:
        """How many accounts it names; 0 for everyone, tags and attributes."""
        return sum(len(group.accounts) for group in self.table.groups)

    def call(self, row: int) -> Call:
        """Make one call, by its row in :attr:`table`."""
        table = self.table
        return Call(
            key=table.keys[row],
            endpoint=self.endpoint,
            msg_random=table.msg_randoms[row],
            content=table.content(row),
            accounts=() if table.unlisted(row) else table.accounts(row),
            stage=table.stage(row),
            is_private=bool(self.lists),
            unlisted=table.unlisted(row),
        )

    def calls(self) -> Iterator[Call]:
        """Make all calls in order, each when it is asked for."""
        return map(self.call, range(self.call_count))

    def largest_body(self) -> int:
        """Return the size of its largest body, in bytes."""
        rows = zip(self.table.parts(), self.table.keys, self.table.msg_randoms, strict=True)
        # Bodies of a group differ in their numbers only, so those whose numbers are as long are as large.
        alike = {
            (id(group), part.list_bytes, len(key), len(str(msg_random))): (group, part, key, msg_random)
            for (group, part), key, msg_random in rows
        }
        return max(
            body_bytes(
                group.content,
                msg_random=msg_random,
                data_id=carried_data_id(self.endpoint, group.content, key),
                list_bytes=part.list_bytes,
            )
            for group, part, key, msg_random in alike.values()
        )

    def departure_of(self, stage: int) -> Departure:
        """Return when the calls of a stage may leave; each hour has its own time."""
        return self.hours[stage].departure if self.hours else self.departure

    @property
    def not_before(self) -> datetime | None:
        """Nothing leaves earlier."""
        return self.departure.not_before

    @property
    def not_after(self) -> datetime | None:
        """Nothing leaves later."""
        return self.departure.not_after

    def is_over(self, now: datetime) -> bool:
        """Whether its window, or the hour of everybody, has passed."""
        if self.hours:
            return all(now > hour.closes_at for hour in self.hours)
        return self.not_after is not None and now >= self.not_after


def carried_data_id(endpoint: Endpoint, content: Mapping[str, Json], key: str) -> str | None:
    """Return the ``DataId`` of a call: the author's, else one made of its key; None where none is carried."""
    if not endpoint.takes_data_id:
        return None
    return data_id_of(content) or data_id(key)

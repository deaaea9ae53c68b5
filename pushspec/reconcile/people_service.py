"""Ask the service what people have, and write what they lack, in calls of a hundred at the service's pace."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import anyio

from pushspec.errors import NoAnswerError, OperationRefusedError, PushspecError
from pushspec.reconcile.people import PeoplePlan, change_of, names_to_define
from pushspec.tencent.codes import Remedy, meanings_of
from pushspec.tencent.operations import accounts as account_calls
from pushspec.tencent.operations import attributes as attribute_calls
from pushspec.tencent.operations import tags as tag_calls
from pushspec.tencent.operations.people import Observed
from pushspec.timestamps import how_far_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from pushspec.clock import Clock
    from pushspec.reconcile.people import PersonChange
    from pushspec.spec.people import DeclaredPerson
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.operations.asking import Asker

T = TypeVar("T")
Values = TypeVar("Values")

_AT_ONCE = 16
"""Calls under way at the same time: enough for a hundred a second at 160 ms each."""
_BACKOFF_S = (2.0, 4.0, 8.0)
"""Waits before a question is asked again to which the service answered that it may be, such as 60007."""
_TELL_EVERY_S = 5.0
_NOTHING = Observed({}, {})


@dataclass(slots=True)
class Written:
    """What became of the writes of a plan.

    Attributes:
        counts: Tags and attributes that the service took, by what was done: ``tags_added`` and so on.
        refused: Accounts that it refused, with its error code.
        unanswered: Accounts of calls without a trustworthy answer; they may have been written.
        error: What ended the writing early; None if all was tried.
    """

    counts: Counter[str] = field(default_factory=Counter)
    refused: dict[str, int] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    error: PushspecError | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the service took all of it."""
        return not (self.refused or self.unanswered or self.error)


class PeopleService:
    """The tags and attributes of one app."""

    def __init__(self, asker: Asker, *, limits: Limits, clock: Clock, telling: Callable[[str], None]) -> None:
        """Take the way to the service; ``telling`` is told how far it is, every few seconds."""
        self._asker = asker
        self._limits = limits
        self._clock = clock
        self._telling = telling
        self._began_at = self._told_at = clock.monotonic()

    async def compare(
        self,
        people: Iterable[DeclaredPerson],
        names: Sequence[str],
        *,
        count: int,
        environment: str,
        app_id: int,
    ) -> PeoplePlan:
        """Return what people lack. Who is missing in an answer is unknown, and nothing is planned for them.

        Args:
            people: What each should have; read once, a call at a time.
            names: Attribute names that the app should have.
            count: How many people these are, to say how far it is.
            environment: The environment.
            app_id: Its app.

        Raises:
            NoAnswerError: The service could not be asked, or its answer is not understood.
            CredentialsError: It did not accept who asks.
            OperationRefusedError: It refused a question.
            RefusedError: It has no room for the attributes.
        """
        most = self._limits.attributes_per_app.value
        named = await self._patiently(partial(attribute_calls.ask_names, self._asker)) if names else {}
        changes: dict[str, PersonChange] = {}
        unknown: dict[str, int | None] = {}
        unchanged = 0
        self._begin()

        async def look(batch: Sequence[DeclaredPerson]) -> None:
            nonlocal unchanged
            tags = await self._tags([it.account for it in batch if it.tags is not None])
            attributes = await self._attributes([it.account for it in batch if it.columns])
            for person in batch:
                looked_at = [tags] * (person.tags is not None) + [attributes] * bool(person.columns)
                silent = [seen for seen in looked_at if person.account not in seen.values]
                if silent:
                    unknown[person.account] = silent[0].refused.get(person.account)
                    continue
                change = change_of(
                    person, tags.values.get(person.account, ()), attributes.values.get(person.account, {})
                )
                unchanged += change.is_empty
                if not change.is_empty:  # most people have it all, and of them only the number is kept
                    changes[person.account] = change
            self._tell("compared", unchanged + len(changes) + len(unknown), count)

        await _for_each(_batches(people, self._limits.accounts_per_tag_call.value), look)
        return PeoplePlan(
            environment,
            app_id,
            names=names_to_define(names, named, most=most),
            changes=tuple(it for _, it in sorted(changes.items())),
            unchanged=unchanged,
            unknown=dict(sorted(unknown.items())),
        )

    async def write(self, plan: PeoplePlan, written: Written) -> None:
        """Write a plan and count in ``written`` what became of it; a call without an answer ends it."""
        done = 0
        self._begin()

        async def change(batch: Sequence[PersonChange]) -> None:
            nonlocal done
            for counter, act, values in self._steps(batch):
                await self._step(counter, act, values, written)
            done += len(batch)
            self._tell("written", done, len(plan.changes))

        try:
            if plan.names:
                await attribute_calls.set_names(self._asker, plan.names)
                written.counts["names_defined"] += len(plan.names)
            await _for_each(_batches(plan.changes, self._limits.accounts_per_tag_call.value), change)
        except PushspecError as error:
            written.error = error

    async def known(self, accounts: Sequence[str]) -> dict[str, bool]:
        """Return whether the app has each account; who is missing was not told."""
        found: dict[str, bool] = {}
        self._begin()

        async def look(batch: Sequence[str]) -> None:
            found.update(await self._patiently(partial(account_calls.ask_known, self._asker, batch)))
            self._tell("checked", len(found), len(accounts))

        await _for_each(_batches(accounts, self._limits.accounts_per_account_call.value), look)
        return found

    async def _tags(self, accounts: Sequence[str]) -> Observed:
        ask = partial(tag_calls.ask_tags, self._asker, accounts)
        return await self._patiently(ask) if accounts else _NOTHING

    async def _attributes(self, accounts: Sequence[str]) -> Observed:
        ask = partial(attribute_calls.ask_attributes, self._asker, accounts)
        return await self._patiently(ask) if accounts else _NOTHING

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask what changes nothing, and again a few times where the service is only too busy for it.

        Raises:
            PushspecError: As ``ask`` does, the last time.
        """
        for backoff_s in _BACKOFF_S:
            try:
                return await ask()
            except OperationRefusedError as error:
                if all(row.remedy is not Remedy.WAIT for row in meanings_of(error.code)):
                    raise
            await self._clock.wait(anyio.Event(), backoff_s)
        return await ask()

    def _steps(self, batch: Sequence[PersonChange]) -> Iterator[_Step]:
        """Yield the calls of some people, each with what it counts as; additions come first."""
        yield (
            "attributes_set",
            attribute_calls.set_attributes,
            {it.account: it.set_attributes for it in batch if it.set_attributes},
        )
        most = self._limits.tags_added_per_user.value
        for start in range(0, max(len(it.add_tags) for it in batch), most):
            part = {it.account: it.add_tags[start : start + most] for it in batch}
            yield "tags_added", tag_calls.add_tags, {name: tags for name, tags in part.items() if tags}
        yield (
            "attributes_removed",
            attribute_calls.remove_attributes,
            {it.account: it.remove_attributes for it in batch if it.remove_attributes},
        )
        removed = {it.account: it.remove_tags for it in batch if it.remove_tags}
        yield "tags_removed", tag_calls.remove_tags, removed

    async def _step(
        self,
        counter: str,
        act: Callable[[Asker, Mapping[str, Values]], Awaitable[dict[str, int]]],
        values: Mapping[str, Values],
        written: Written,
    ) -> None:
        """Make one call for those whom no earlier one was refused for.

        Raises:
            PushspecError: It did not work; nothing more should be tried.
        """
        values = {account: it for account, it in values.items() if account not in written.refused}
        if not values:
            return
        try:
            refused = await act(self._asker, values)
        except NoAnswerError as error:
            written.unanswered |= set(values) if error.has_left else set()
            raise
        except PushspecError:  # the service answered, so nothing is unanswered
            raise
        except BaseException:  # recorded as unanswered, for Ctrl-C comes while the request is out; goes on
            written.unanswered |= set(values)
            raise
        written.refused |= refused
        taken = [len(it) for account, it in values.items() if account not in refused]  # type: ignore[arg-type] # both kinds have a length
        written.counts[counter] += sum(taken)

    def _begin(self) -> None:
        self._began_at = self._told_at = self._clock.monotonic()

    def _tell(self, done: str, count: int, total: int) -> None:
        """Say every few seconds how far it is, how fast, and how long the rest takes at that rate."""
        now = self._clock.monotonic()
        if now - self._told_at < _TELL_EVERY_S:
            return
        self._told_at = now
        self._telling(f"{done} {how_far_text(count, total, 'people', now - self._began_at)}")


_Step = tuple[str, "Callable[..., Awaitable[dict[str, int]]]", "Mapping[str, object]"]


def _batches(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


async def _for_each(items: Iterator[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do a work for each item, several at once; the first error keeps the others from beginning.

    Raises:
        PushspecError: That error.
    """
    failed: list[PushspecError] = []

    async def some() -> None:
        for item in items:  # each is taken by one of those who work
            if failed:
                return
            try:
                await work(item)
            except PushspecError as error:
                failed.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(_AT_ONCE):
            group.start_soon(some)
    if failed:
        raise failed[0]

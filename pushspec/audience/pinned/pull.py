"""Run an audience's definition: read its people, leave out the excluded, and write list and pin."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pushspec.audience.arrow import frugal_memory
from pushspec.audience.engine import open_engine
from pushspec.audience.files import hash_files, read_columns
from pushspec.audience.pinned.list_file import ListWriter, WrittenList
from pushspec.audience.pinned.pin import FEWEST, Pin, PinnedExclusion
from pushspec.audience.pinned.sorting import ListedPeople, PeopleTable
from pushspec.audience.query import query_batches
from pushspec.audience.rows import Batch, FormatError
from pushspec.audience.soundness import RowCheck
from pushspec.audience.sources.reading import source_batches
from pushspec.errors import SpecError, message_of
from pushspec.language import phrase
from pushspec.problems import Level
from pushspec.spec.audience_file import KEPT_ACCOUNT
from pushspec.spec.campaign import UsedAudience
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from pushspec.audience.columnar import ColumnBatch
    from pushspec.audience.sources.source import Source
    from pushspec.problems import Problem
    from pushspec.spec.audience_load import AudienceSpec
    from pushspec.tencent.limits import Limit


class OnProgress(Protocol):
    """Is told how far a pull is."""

    def __call__(self, doing: str, more: int | None = None, total: int = 0) -> None:
        """Take note.

        Args:
            doing: What is counted, in the plural; or what goes on, where that cannot be counted.
            more: How many more of it are done; None where it cannot be counted.
            total: How many there will be; 0 where only the last pull can tell, or nobody.
        """


READ = phrase("rows")
"""What is counted while rows are read."""


@dataclass(frozen=True, slots=True)
class PullContext:
    """What a pull works with.

    Attributes:
        root: The project folder.
        environment: The environment's name.
        store: Where the list will lie, without credentials.
        limit: How long an account may be.
        user_limit: How long a UserID may be; a RegistrationID may be longer, and the SDK's own are.
        used: For each set of columns that a campaign personalizes by, its columns; the pin counts those kept.
        open_source: Connects to a source of the environment, by its name.
        list_of: Returns the pin of another audience and walks its accounts.
        on_progress: Told what is done, how many more of it are done, and how many there will be.
        now: The moment of the pull.
    """

    root: Path
    environment: str
    store: str
    limit: Limit
    user_limit: Limit
    used: Sequence[tuple[str, ...]]
    open_source: Callable[[str], AbstractContextManager[Source]]
    list_of: Callable[[str], tuple[Pin, Iterator[Sequence[str]]]]
    on_progress: OnProgress
    now: datetime


def pull(spec: AudienceSpec, context: PullContext, target: Path) -> tuple[Pin, list[Problem]]:
    """Write the list of an audience to a file, and return its pin and what was noticed.

    Raises:
        SpecError: A row, a file or the query is wrong; it carries the problems.
    """
    audience, check = spec.audience, RowCheck(context.limit)
    with _placed(spec), open_engine() as (duckdb, connection), _driver_errors(duckdb), frugal_memory():
        table = PeopleTable(connection, audience.keep)
        table.add(_counted(check.sound_columns(_batches(spec, context)), context.on_progress))
        _refuse(check.problems)
        _refuse(_accounts_kept(spec, table))
        exclusions, noticed = _exclude(spec, context, table)
        rows, excluded = table.settle()
        effects = table.exclusions()
        with target.open("wb") as file:
            writer = ListWriter(file, audience.keep)
            people = _write(table, writer, table.distinct() - excluded, context.on_progress)
            written = writer.finish()
        if people.repeated:
            _refuse([_two_values(spec, people.repeated)])
        if not people.count:
            _refuse([_empty(spec, rows)])
        noticed += [*_mixed_ids(spec, context, table, people), *_few(spec, people.count)]
        kept = frozenset(audience.keep)
        context.on_progress(phrase("counting who has which values"))
        combinations = tuple(table.combinations(it) for it in context.used if kept.issuperset(it))
    done = [
        one.model_copy(update=dict(zip(("entries", "found"), effects.get(number, (0, 0)), strict=True)))
        for number, one in enumerate(exclusions)
    ]
    pin = Pin(
        audience=audience.name,
        environment=context.environment,
        pulled_at=context.now,
        store=context.store,
        ids=audience.ids,
        columns=audience.keep,
        rows=rows,
        duplicates=rows - excluded - people.count,
        excluded=excluded,
        definition_sha256=audience.sha256,
        exclusions=tuple(done),
        combinations=combinations,
        **_figures(people, written),
    )
    return pin.sealed(), [*check.problems, *noticed]


def _accounts_kept(spec: AudienceSpec, table: PeopleTable) -> Iterator[Problem]:
    """Refuse the account as a kept value under a name that the file alone could not tell from others."""
    for index in table.copies():
        message = phrase("{column} holds the account itself in every row", column=spec.audience.keep[index])
        yield spec.document.problem(("keep", index), "account-kept", message, hint=KEPT_ACCOUNT)


def _counted(
    batches: Iterable[ColumnBatch | Batch], on_progress: OnProgress
) -> Iterator[ColumnBatch | Batch]:
    """Pass batches on, and tell how many rows they have."""
    rows = 0
    for batch in batches:
        yield batch
        rows += batch.row_count
        on_progress(READ, batch.row_count)
    on_progress(phrase("looking for duplicates among {rows:,} rows", rows=rows))


def _write(table: PeopleTable, writer: ListWriter, count: int, on_progress: OnProgress) -> ListedPeople:
    """Write so many people, and tell how far that is; nobody is written before all are sorted."""
    on_progress(phrase("sorting {count:,} accounts", count=count))
    written = phrase("accounts written")
    return table.write(writer, lambda more: on_progress(written, more, count))


def _figures(people: ListedPeople, written: WrittenList) -> dict[str, Any]:
    return {
        "count": people.count,
        "longest_bytes": people.longest_bytes,
        "accounts_sha256": people.accounts_sha256,
        "content_bytes": written.content_bytes,
        "rows_sha256": written.rows_sha256,
        "file_sha256": written.file_sha256,
    }


def _batches(spec: AudienceSpec, context: PullContext) -> Iterator[ColumnBatch | Batch | Problem]:
    audience = spec.audience
    if audience.source is not None:
        return _from_source(spec, context, audience.source)
    if audience.sql is not None:
        context.on_progress(phrase("running the query"))
        place = spec.document.locate(("sql",))
        return query_batches(context.root, audience.sql, audience.column, audience.keep, place=place)
    problem = partial(_problem_at, spec, ("file",))
    return read_columns(context.root, audience.file or "", audience.column, audience.keep, problem)


def _from_source(spec: AudienceSpec, context: PullContext, name: str) -> Iterator[ColumnBatch]:
    """Yield the people of a database, which may be busy for minutes before it gives the first of them."""
    audience, place = spec.audience, spec.document.locate(("sql",))
    context.on_progress(phrase("connecting to {source}", source=name))
    with context.open_source(name) as source:
        context.on_progress(phrase("running the query in {source}", source=name))
        yield from source_batches(source, audience.sql or "", audience.column, audience.keep, place)


def _exclude(
    spec: AudienceSpec, context: PullContext, table: PeopleTable
) -> tuple[list[PinnedExclusion], list[Problem]]:
    """Read what exclude names into the table; return it without its effects, and what was noticed."""
    found: list[PinnedExclusion] = []
    noticed: list[Problem] = []
    if spec.audience.exclude:
        context.on_progress(phrase("reading and leaving out the excluded"))
    for number, entry in enumerate(spec.audience.exclude):
        if isinstance(entry, UsedAudience):
            pin, accounts = context.list_of(entry.use)
            table.exclude(number, map(Batch, accounts))
            found.append(PinnedExclusion(use=entry.use, sha256=pin.rows_sha256, entries=0, found=0))
            continue
        check = RowCheck(context.limit)
        problem = partial(_problem_at, spec, ("exclude", number))
        table.exclude(
            number, check.sound_columns(read_columns(context.root, entry, spec.audience.column, (), problem))
        )
        _refuse(check.problems)
        noticed += check.problems
        found.append(PinnedExclusion(path=entry, sha256=hash_files(context.root, entry), entries=0, found=0))
    return found, noticed


def _problem_at(
    spec: AudienceSpec, path: tuple[str | int, ...], rule: str, message: str, hint: str
) -> Problem:
    return spec.document.problem(path, rule, message, hint=hint)


def _empty(spec: AudienceSpec, rows: int) -> Problem:
    """Say that nobody is left, at what named the rows."""
    key = "file" if spec.audience.sql is None else "sql"
    if rows:
        message = phrase("nobody is left of {rows:,} rows", rows=rows)
        hint = phrase("exclude names everybody here: check its lists")
    else:
        message, hint = (
            phrase("the source has no rows"),
            phrase("check that {key} names the right people", key=key),
        )
    return spec.document.problem((key,), "audience-empty", message, hint=hint, key=True)


def _mixed_ids(
    spec: AudienceSpec, context: PullContext, table: PeopleTable, people: ListedPeople
) -> Iterator[Problem]:
    """Warn of RegistrationIDs and UserIDs in one list: a person may stand in it as both.

    In a list of UserIDs, whatever is longer is an error of its row.
    """
    most = context.user_limit.value
    if spec.audience.ids == "registration" and people.longest_bytes > most and (short := table.up_to(most)):
        message = phrase(
            "{count:,} of {total:,} accounts could be UserIDs, with at most {most} bytes; the rest could not",
            count=short,
            total=people.count,
            most=most,
        )
        hint = phrase("make two audiences: a person in the list by both gets each push twice")
        yield spec.document.problem(("ids",), "ids-mixed", message, hint=hint, level=Level.WARNING)


def _few(spec: AudienceSpec, count: int) -> Iterator[Problem]:
    """Warn of a list so short that its hashes tell who is in it to whoever can try all that it may be."""
    if count < FEWEST:
        message = phrase(
            "a list of {count} does not hide who is in it: with a list of your ids, its hashes in the pin "
            "and the lockfile can be tried one by one",
            count=count,
        )
        hint = phrase("pull a longer list, or let nobody read the repository who must not know")
        key = "file" if spec.audience.sql is None else "sql"
        yield spec.document.problem((key,), "audience-few", message, hint=hint, key=True, level=Level.WARNING)


def _two_values(spec: AudienceSpec, count: int) -> Problem:
    who = phrase("{count:,} accounts have", count=count) if count > 1 else phrase("an account has")
    message = phrase(
        "{who} two rows with different {columns}; which one counts?",
        who=who,
        columns=listed(spec.audience.keep),
    )
    return spec.document.problem(
        ("keep",), "personal-conflict", message, hint=phrase("keep one row for each account")
    )


def _refuse(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if any(problem.is_error for problem in found):
        raise SpecError(found)


@contextmanager
def _placed(spec: AudienceSpec) -> Iterator[None]:
    """Give a fault of a file or query its place."""
    try:
        yield
    except FormatError as fault:
        if fault.file:
            raise SpecError([fault.problem(fault.file)]) from None
        key = ("sql",) if spec.audience.sql is not None else ()
        raise SpecError(
            [spec.document.problem(key, fault.rule, message_of(fault), hint=fault.hint)]
        ) from None


@contextmanager
def _driver_errors(duckdb: Any) -> Iterator[None]:  # noqa: ANN401 - imported only when needed
    try:
        yield
    except duckdb.Error as error:
        # The lines below the first hold advice of the engine: options that drop wrong rows in silence.
        raise FormatError(
            "audience-sql", phrase("the list cannot be made: {reason}", reason=str(error).splitlines()[0])
        ) from None

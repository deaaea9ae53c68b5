"""Pull the lists of audience files, and read their pins."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pushspec.api.lists import is_taken_by_git, keep_list, list_accounts, list_store
from pushspec.api.planning import read_specs
from pushspec.api.sources import connected_source
from pushspec.audience.pinned.pin import FOLDER, Pin, pin_path, read_pin
from pushspec.audience.pinned.pull import READ, PullContext, pull
from pushspec.audience.rows import FormatError
from pushspec.audience.spill import spill_folder
from pushspec.clock import utc_now
from pushspec.errors import SpecError, UsageError, message_of
from pushspec.files import write_file
from pushspec.language import phrase
from pushspec.paths import check_no_link
from pushspec.plan.policies.sizes import FEWEST
from pushspec.plan.zone_columns import zoned_source
from pushspec.problems import Level, Problem
from pushspec.spec.audience_load import AudienceSpec, read_audiences
from pushspec.spec.campaign import UsedAudience
from pushspec.spec.recipients import FromPin
from pushspec.spec.shares import share_of
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.audience.pinned.pull import OnProgress
    from pushspec.audience.pinned.stores import ListStore
    from pushspec.audience.sources.source import Source
    from pushspec.tencent.limits import Limit

    OnAudience = Callable[[str, str, int | None, int], None]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull of one audience did.

    Attributes:
        pin: What it wrote.
        path: The pin's file.
        before: The pin that was there; None where there was none that could be read.
        problems: What was noticed in the rows.
    """

    pin: Pin
    path: str
    before: Pin | None
    problems: Sequence[Problem]


def pull_audiences(
    project: LoadedProject,
    names: Sequence[str] = (),
    *,
    environ: Mapping[str, str],
    now: Callable[[], datetime] = utc_now,
    on_progress: OnAudience = lambda _name, _doing, _more, _total: None,
) -> Iterator[Pulled]:
    """Pull audiences one after the other, those that others exclude first; a list is stored before its pin.

    Args:
        project: The project, at one of its environments.
        names: Which audiences; none for all.
        environ: Environment variables; only those that the project file names for a source are read.
        now: The wall clock.
        on_progress: Told of an audience what is counted or done, how many more of it are done (None where
            that cannot be counted), and how many there will be, about; 0 where nobody knows.

    Raises:
        SpecError: A file, a row, a query or its source is wrong; it carries the problems.
        UsageError: No audience or source has that name.
        CredentialsError: The variable with the address of a source is not set.
        StoreError: The store of the lists cannot be reached.
    """
    specs = audience_specs(project, names)
    store, used = list_store(project), _used_columns(project)
    for spec in _excluded_first(specs):
        before = read_pin(project.root, spec.name, project.environment_name)
        tell = _telling(on_progress, spec.name, before.rows if isinstance(before, Pin) else 0)
        with spill_folder() as folder:
            target = folder / "list.gz"
            context = PullContext(
                root=project.root,
                environment=project.environment_name,
                store=store.where,
                limit=_account_limit(project, spec),
                user_limit=project.environment.limits.user_id_bytes,
                used=used.get(spec.name, ()),
                open_source=partial(_opened_source, project, spec, environ),
                list_of=lambda name: _list_of(project, store, name),
                on_progress=tell,
                now=now(),
            )
            pin, problems = pull(spec, context, target)
            if isinstance(before, Pin):
                _refuse_shrunk(project, spec, before, pin)
            tell(phrase("storing and verifying the list"))
            keep_list(store, pin, target, project.root)
        path = pin_path(spec.name, project.environment_name)
        check_no_link(project.root, path)
        write_file(project.root / path, pin.text())
        noticed = [*problems, *_taken_by_git(project, store, pin, environ)]
        yield Pulled(pin, path, before if isinstance(before, Pin) else None, noticed)


def _taken_by_git(
    project: LoadedProject, store: ListStore, pin: Pin, environ: Mapping[str, str]
) -> Iterator[Problem]:
    """Warn of a list that the next commit would hold: the folder has a .gitignore of its own."""
    if is_taken_by_git(store, pin, environ):
        place = ("environments", project.environment_name, "audience_store")
        message = phrase("git takes the lists in {store}, which name people", store=store.where)
        hint = phrase(
            "write `*.list.gz*` into its .gitignore, and `git rm --cached` those that git has already taken"
        )
        document = project.spec.document
        yield document.problem(place, "list-in-git", message, hint=hint, level=Level.WARNING)


@contextmanager
def _opened_source(
    project: LoadedProject, spec: AudienceSpec, environ: Mapping[str, str], name: str
) -> Iterator[Source]:
    """Connect to the source of an audience; what is wrong with it is no fault of the query."""
    with ExitStack() as stack:
        try:
            source = stack.enter_context(connected_source(project, name, environ))
        except FormatError as fault:
            problem = spec.document.problem(("source",), fault.rule, message_of(fault), hint=fault.hint)
            raise SpecError([problem]) from None
        yield source


def _telling(on_progress: OnAudience, name: str, expected: int) -> OnProgress:
    """Name the audience, and how many rows its last pull read."""

    def tell(doing: str, more: int | None = None, total: int = 0) -> None:
        on_progress(name, doing, more, expected if doing is READ else total)

    return tell


def _refuse_shrunk(project: LoadedProject, spec: AudienceSpec, before: Pin, pin: Pin) -> None:
    """Refuse a list that lost so many people that its source was probably read while it was being filled.

    Raises:
        SpecError: It is so; neither list nor pin was written.
    """
    most = project.spec.project.policy.max_shrinkage
    if before.count < FEWEST or pin.count >= before.count * (1 - share_of(most)):
        return
    path = pin_path(pin.audience, pin.environment)
    message = phrase(
        "{count:,} of {before_count:,} accounts are left, and max_shrinkage allows the loss of {most}",
        count=pin.count,
        before_count=before.count,
        most=most,
    )
    hint = phrase("look at the source; if the list is right, remove {path} and pull again", path=path)
    key = "file" if spec.audience.sql is None else "sql"
    raise SpecError([spec.document.problem((key,), "audience-shrunk", message, hint=hint)])


def _used_columns(project: LoadedProject) -> dict[str, list[tuple[str, ...]]]:
    """Return for each audience the sets of columns that campaigns personalize by, or find people's hours by.

    A campaign file that cannot be read asks for nothing: once it can, its plan says to pull again.
    """
    found: dict[str, list[tuple[str, ...]]] = {}
    for spec in read_specs(project)[0]:
        variants = (variant.audience for variant in spec.campaign.variants or ())
        for audience in (spec.campaign.audience, *variants):
            source = zoned_source(audience, spec.campaign.schedule)
            if isinstance(source, FromPin) and source.columns:
                columns = tuple(sorted(source.columns))
                sets = found.setdefault(source.name, [])
                sets += [columns] * (columns not in sets)
    return found


def audience_specs(project: LoadedProject, names: Sequence[str] = ()) -> list[AudienceSpec]:
    """Return audience files by name; all of them where no name is given.

    Raises:
        SpecError: A file is wrong.
        UsageError: There is none of that name, or none at all.
    """
    specs, problems = read_audiences(project.root)
    if any(problem.is_error for problem in problems):
        raise SpecError(problems)
    write = phrase("write one into {folder}/, kind: Audience", folder=FOLDER)
    for name in names:
        if name not in specs:
            hint = did_you_mean(name, list(specs)) or write
            raise UsageError(phrase("the project has no audience {name}", name=name), hint=hint)
    if not specs:
        raise UsageError(phrase("the project has no audience file"), hint=write)
    return [specs[name] for name in names] if names else list(specs.values())


def read_pins(project: LoadedProject, names: Sequence[str] = ()) -> list[tuple[AudienceSpec, Pin | Problem]]:
    """Return audiences, all where no name is given, each with its pin or why that cannot be read."""
    specs = audience_specs(project, names)
    return [(spec, read_pin(project.root, spec.name, project.environment_name)) for spec in specs]


def _list_of(project: LoadedProject, store: ListStore, name: str) -> tuple[Pin, Iterator[Sequence[str]]]:
    pin = read_pin(project.root, name, project.environment_name)
    if isinstance(pin, Problem):
        raise SpecError([pin])
    return pin, list_accounts(store, pin, project.root)


def _excluded_first(specs: Sequence[AudienceSpec]) -> list[AudienceSpec]:
    """Return audiences so that one that others exclude is pulled before them; none excludes itself."""
    by_name = {spec.name: spec for spec in specs}
    ordered: dict[str, AudienceSpec] = {}

    def visit(spec: AudienceSpec) -> None:
        for entry in spec.audience.exclude:
            if isinstance(entry, UsedAudience) and entry.use in by_name:
                visit(by_name[entry.use])
        ordered.setdefault(spec.name, spec)

    for spec in specs:
        visit(spec)
    return list(ordered.values())


def _account_limit(project: LoadedProject, spec: AudienceSpec) -> Limit:
    limits = project.environment.limits
    return limits.registration_id_bytes if spec.audience.ids == "registration" else limits.user_id_bytes

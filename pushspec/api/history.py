"""What the lockfile records about a campaign, and its records one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushspec.api.call_keys import campaign_of, name_of
from pushspec.api.lockfile import read_lockfile, read_lockfile_records, read_refused_accounts
from pushspec.api.names import campaign_names
from pushspec.audience.pinned.changes import accounts_of
from pushspec.audience.pinned.reading import PinnedLists
from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.lockfile.hidden import hidden_account, is_hidden
from pushspec.lockfile.records import Begin, Close, Intent, NotSent, Open, Sent, Unknown
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.histories import CallHistory, CampaignHistory, RecallHistory
    from pushspec.lockfile.reading import RefusedAccount
    from pushspec.lockfile.records import AnyRecord, Gate


class RecordedCampaign(NamedTuple):
    """All that a lockfile knows of one campaign.

    Attributes:
        history: What was frozen before its first call, and its totals once nothing is left.
        calls: Its calls in the order first intended; in doubt where no live run can settle them.
        refused: The accounts that the service refused.
        recalls: Calls that were to be taken back, by key.
        stop: Who or what stopped it; None while nothing has.
        gates: The last word on the gate behind each of its stages, in their order.
    """

    history: CampaignHistory
    calls: Sequence[CallHistory]
    refused: Sequence[RefusedAccount]
    recalls: Mapping[str, RecallHistory]
    stop: Gate | None = None
    gates: Sequence[Gate] = ()


class LogEntry(NamedTuple):
    """One record, and what follows from it.

    Attributes:
        record: The record.
        is_asked_for: Whether it is about the campaign that was asked for, or all were.
        accounts: Of an outcome, how many accounts its call named.
        doubts: Keys of calls that were under way and that this record leaves without an outcome.
    """

    record: AnyRecord
    is_asked_for: bool
    accounts: int
    doubts: Sequence[str]


def recorded_campaign(project: LoadedProject, name: str, *, now: datetime) -> RecordedCampaign:
    """Return what the lockfile records about a campaign.

    Args:
        project: The project, at one of its environments.
        name: A campaign's name, for its newest version, or ``name@version``.
        now: The moment to judge by whether a run still holds the lock.

    Raises:
        UsageError: The lockfile has no such campaign.
        LockError: The lockfile cannot be read.
    """
    state = read_lockfile(project)
    found = [key for key in state.campaigns if _belongs(key, name)]
    stopped = [key for key in state.stops if _belongs(key, name)]
    if stopped and not found:
        raise UsageError(
            phrase("nothing of {key} was sent yet, and it is stopped", key=stopped[-1]),
            hint=phrase("pushspec status says by whom and why"),
        )
    kept = [key for key, it in state.schedules.items() if it.live and _belongs(key, name)]
    if kept and not found:
        raise UsageError(
            phrase("nothing of {key} was sent yet: the service is to send it", key=kept[-1]),
            hint=phrase("pushspec status says when"),
        )
    if not found:
        raise _unknown(project, name, {name_of(key) for key in state.campaigns})
    newest = max(found, key=lambda key: state.campaigns[key].begin.version)
    doubted = {call.key: call for call in state.in_doubt(now)}
    calls = [doubted.get(call.key, call) for call in state.calls_of(newest)]
    keys = {call.key for call in calls}
    refused = [account for account in read_refused_accounts(project) if account.key in keys]
    recalls = {recall.key: recall for recall in state.recalls_of(newest)}
    gates = tuple(state.gates.get(newest, {}).values())
    return RecordedCampaign(state.campaigns[newest], calls, refused, recalls, state.stops.get(newest), gates)


def with_names(project: LoadedProject, campaign: RecordedCampaign) -> RecordedCampaign:
    """Return it with the refused people of pinned lists in clear, as far as the lists are on this machine.

    The lockfile keeps them as hashes: whoever has no list learns nothing from it.
    """
    hidden = {it.account for it in campaign.refused if is_hidden(it.account)}
    begin = campaign.history.begin
    names = dict(_names(project, begin, hidden)) if hidden else {}
    refused = [it._replace(account=names.get(it.account, it.account)) for it in campaign.refused]
    return campaign._replace(refused=refused)


def _names(project: LoadedProject, begin: Begin, hidden: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each hash that is known with its account."""
    place = project.environment.audience_store
    lists = PinnedLists(project.root, project.environment_name, place)
    for rows_sha256 in (begin.lists or {}).values():
        stored = lists.stored(rows_sha256)
        for account in accounts_of(stored) if stored.file.is_file() else ():
            found = hidden_account(account.decode(), begin.journal)
            if found in hidden:
                yield found, account.decode()


def read_log(project: LoadedProject, name: str | None = None) -> Iterator[LogEntry]:
    """Yield the lockfile's records, oldest first.

    Args:
        project: The project, at one of its environments.
        name: Only what is about this campaign, a name or ``name@version``; None for all.

    Raises:
        UsageError: The lockfile records no campaign of this name.
        LockError: The lockfile cannot be read.
    """
    names, is_empty = set[str](), True
    for record, accounts, left in _outcomes(read_lockfile_records(project)):
        key = _key_of(record)
        names |= {name_of(key)} if key else set()
        doubts = [call for call in left if name is None or _belongs(call, name)]
        is_asked_for = name is None or _belongs(key, name)
        if is_asked_for or doubts:
            is_empty = False
            yield LogEntry(record, is_asked_for, accounts, doubts)
    if is_empty:
        read_lockfile(project)  # whatever knows of sends that this one lacks ends it
    if name is not None and is_empty:
        raise _unknown(project, name, names)


def _unknown(project: LoadedProject, name: str, known: Collection[str]) -> UsageError:
    """Return that nothing was sent under a name, and under which names something was, or would be."""
    message = phrase("nothing was sent as {name}", name=name)
    of_files = campaign_names(project.root)
    if name_of(name) in of_files and name_of(name) not in known:
        hint: str = phrase("pushspec plan shows what would be sent")
    elif known:
        hint = did_you_mean(name, known)
    else:
        near = did_you_mean(name, of_files, listed=False)
        hint = near or phrase("pushspec plan shows what would be sent")
    return UsageError(message, hint=hint)


def _outcomes(records: Iterator[AnyRecord]) -> Iterator[tuple[AnyRecord, int, Sequence[str]]]:
    """Yield each record, how many accounts the call of an outcome named, and the calls it leaves in doubt.

    A call is left in doubt where its run ended before its outcome came.
    """
    under_way: dict[str, int] = {}
    for record in records:
        match record:
            case Intent():
                under_way[record.key] = record.accounts
                yield record, 0, ()
            case Sent() | NotSent() | Unknown():
                yield record, under_way.pop(record.key, 0), ()
            case Open() | Close():
                yield record, 0, tuple(under_way)
                under_way.clear()
            case _:
                yield record, 0, ()


def _key_of(record: AnyRecord) -> str:
    """Return the key of the campaign or call that a record is about; empty for one about the run."""
    return getattr(record, "campaign", None) or getattr(record, "key", None) or ""


def _belongs(key: str, name: str) -> bool:
    """Whether the key of a campaign or call belongs to a name or ``name@version``."""
    return name in {campaign_of(key), name_of(key)}

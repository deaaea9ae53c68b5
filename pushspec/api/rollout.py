"""Steer a campaign's stages: stop it, let it go on, or write down what its gates say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.api.lockfile import open_journal, read_lockfile
from pushspec.api.planning import build_plan, read_specs
from pushspec.errors import RefusedError, SpecError, UsageError
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.status import status_of
from pushspec.operate import steering
from pushspec.plan.snapshots import newest_by_name
from pushspec.plan.states import CampaignState
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.state import LockState, Run
    from pushspec.plan.planned import PlannedCampaign


@dataclass(frozen=True, slots=True)
class Continued:
    """What a person let go on.

    Attributes:
        campaign_key: ``name@version``.
        opens: The stage that may leave now; empty where no gate was opened.
        record: What was recorded.
        is_finished: Whether nothing of it is left to send.
    """

    campaign_key: str
    opens: str
    record: Gate
    is_finished: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a person stopped.

    Attributes:
        campaign_key: ``name@version``.
        run: The run that is at work, if there is one.
        record: What was recorded.
        has_sent: Whether some of it went out, which a recall may take back.
        is_finished: Whether nothing of it was left to send.
    """

    campaign_key: str
    run: Run | None
    record: Gate
    has_sent: bool
    is_finished: bool


def stop_campaign(project: LoadedProject, name: str, *, by: str, why: str, now: datetime) -> Stopped:
    """Let no more calls of a campaign leave, until a person lets it go on.

    It needs no file but the campaign's own to be right, and not even that once the campaign was begun.

    Raises:
        UsageError: There is no such campaign, or name or reason is missing.
        LockError: The lockfile cannot be read or written.
    """
    key = _key_of(project, name)
    journal = open_journal(project)
    record = steering.stop_campaign(journal, key, by=by, why=why)
    calls = journal.state.calls.values()
    has_sent = any(call.campaign == key and call.state is CallState.SENT for call in calls)
    is_finished = _is_finished(journal.state, key, now)
    return Stopped(key, journal.state.live_run(now), record, has_sent, is_finished)


def continue_campaign(project: LoadedProject, name: str, *, by: str, why: str, now: datetime) -> Continued:
    """Open the next gate of a campaign, also after a stop.

    A person who stopped a stage while it was being sent lets that stage go on first; its gate is judged then.

    Raises:
        UsageError: There is no such campaign, nothing to open, or name or reason is missing.
        RefusedError: The campaign was changed since it was begun.
        SpecError: A file is wrong.
        LockError: The lockfile cannot be read or written.
    """
    plan = build_plan(project, now=now, names=[name], state_required=True)
    if len(plan.campaigns) != 1:
        raise UsageError(
            phrase("{name} names {campaigns} campaigns", name=name, campaigns=len(plan.campaigns)),
            hint=phrase("continue one at a time"),
        )
    campaign = plan.campaigns[0]
    if campaign.state is CampaignState.CHANGED:
        raise RefusedError(phrase("{key}: {text}", key=campaign.key, text=campaign.reason))
    stage, opens = _next_gate(campaign)
    journal = open_journal(project)
    record = steering.continue_campaign(journal, campaign.key, stage=stage, opens=opens, by=by, why=why)
    return Continued(campaign.key, opens, record, _is_finished(journal.state, campaign.key, now))


def record_verdicts(
    project: LoadedProject,
    *,
    holder: str,
    now: datetime,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
) -> Sequence[Gate]:
    """Write down what gates say of campaigns that send nothing now, and return it; nothing is sent.

    Raises:
        SpecError: A file is wrong.
        LockError: Another run holds the lock, or the lockfile cannot be written.
    """

    def verdicts_of(state: LockState) -> Sequence[Gate]:
        return build_plan(project, now=now, names=names, selectors=selectors, state=state).verdicts

    return steering.record_verdicts(open_journal(project), verdicts_of, holder=holder)


def _next_gate(campaign: PlannedCampaign) -> tuple[str, str]:
    """Return the stage whose gate a person opens, and the stage behind it; both empty to lift a stop only."""
    rollout = campaign.progress.rollout
    gate, is_stopped = rollout.gate, bool(rollout.stop_text)
    if gate is None:
        if not is_stopped and not campaign.progress.begun_digest:
            raise UsageError(
                phrase(
                    "{key} is not stopped, and nothing of it was sent yet, so there is no gate to open",
                    key=campaign.key,
                ),
                hint=phrase("apply sends it"),
            )
        if not is_stopped and campaign.state is CampaignState.SENT:
            raise UsageError(
                phrase(
                    "nothing of {key} is left to send, and no gate of it is left to open", key=campaign.key
                )
            )
        if not is_stopped:
            raise UsageError(
                phrase("{key} is not stopped, and no gate of it is left to open", key=campaign.key)
            )
        return "", ""
    is_sending = not gate.is_sent
    if is_sending and not is_stopped:
        raise UsageError(
            phrase(
                "stage {stage} of {key} is not sent yet, so there is no gate to open",
                stage=gate.stage,
                key=campaign.key,
            ),
            hint=phrase("apply sends it"),
        )
    is_persons = rollout.stop is not None and bool(rollout.stop.by)
    return ("", "") if is_sending and is_persons else (gate.stage, gate.opens)


def _is_finished(state: LockState, key: str, now: datetime) -> bool:
    return any(it.key == key and it.is_finished for it in status_of(state, now).campaigns)


def _key_of(project: LoadedProject, name: str) -> str:
    """Return ``name@version`` of a campaign, by its file or, where that cannot be read, by the lockfile.

    Args:
        project: The project, at one of its environments.
        name: A campaign's name, or ``name@version``.
    """
    try:
        specs, _ = read_specs(project)
    except SpecError:
        specs = []
    keys = {spec.campaign.name: spec.campaign.campaign_key for spec in specs}
    if name in keys:
        return keys[name]
    state = read_lockfile(project)
    begun = {it: history.begin.campaign for it, history in newest_by_name(state).items()}
    if name in begun:
        return begun[name]
    if name in {*keys.values(), *state.campaigns}:
        return name
    raise UsageError(
        phrase("there is no campaign {name!r}", name=name), hint=did_you_mean(name, {*keys, *begun})
    )
